"""Keys (KMS), parameters (SSM) and secrets (Secrets Manager)."""

from __future__ import annotations

from typing import Any

from resource_types.model import Creation, DataStore, Function, Inputs, ResourceType, Service, arn
from resource_types.refusals import NameKept, taken
from resource_types.scope import scope


def _parameter_arn(creation: Creation) -> str:
    name = creation.name.removeprefix("/")
    return f"arn:{creation.partition}:ssm:{creation.region}:{creation.account}:parameter/{name}"


TYPES = (
    ResourceType(
        "aws:kms/key:Key",
        read="kms: DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags",
        write=(
            "kms: CreateKey PutKeyPolicy EnableKeyRotation DisableKeyRotation "
            "UpdateKeyDescription ScheduleKeyDeletion TagResource UntagResource"
        ),
        replace_on_changes="customerMasterKeySpec customKeyStoreId keyUsage multiRegion",
        id="{uuid}",
        outputs={
            "arn": arn("kms", "key/{id}"),
            "keyId": "{id}",
        },
        data=DataStore("the key: what it encrypted can never be read again"),
    ),
    ResourceType(
        "aws:kms/alias:Alias",
        read="kms: ListAliases",
        write="kms: CreateAlias UpdateAlias DeleteAlias",
        replace_on_changes="name namePrefix",
        id="{name}",
        outputs={
            "arn": arn("kms", "{name}"),
            "targetKeyArn": arn("kms", "key/{inputs[targetKeyId]}"),
        },
        name_property="name",
        refusals=(
            taken(
                "name",
                "AlreadyExistsException: An alias with the name {name} already exists",
                "KMS API, CreateAlias",
            ),
        ),
    ),
    ResourceType(
        "aws:ssm/parameter:Parameter",
        read=(
            "ssm: GetParameter GetParameters DescribeParameters ListTagsForResource; kms: Decrypt"
        ),
        write=(
            "ssm: PutParameter DeleteParameter AddTagsToResource RemoveTagsFromResource; "
            "kms: Encrypt GenerateDataKey"
        ),
        replace_on_changes="name dataType",
        id="{name}",
        outputs={
            "arn": _parameter_arn,
            "version": lambda creation: creation.number,
        },
        name_property="name",
        changed_by_updates=("version",),
        refusals=(
            taken(
                "name",
                "ParameterAlreadyExists: The parameter already exists.",
                "Systems Manager API, PutParameter",
            ),
        ),
    ),
    ResourceType(
        "aws:secretsmanager/secret:Secret",
        read="secretsmanager: DescribeSecret GetResourcePolicy",
        write=(
            "secretsmanager: CreateSecret UpdateSecret DeleteSecret TagResource UntagResource; "
            "kms: GenerateDataKey Decrypt"
        ),
        replace_on_changes="name namePrefix",
        outputs={"arn": arn("secretsmanager", "secret:{name}-{hex6}")},
        name_property="name",
        data=DataStore("the secret and its versions"),
        refusals=(
            taken(
                "name",
                "ResourceExistsException: The secret {name} already exists.",
                "Secrets Manager API, CreateSecret",
            ),
            NameKept(
                path="name",
                refused="creation",
                unless=lambda p: p.get("recoveryWindowInDays") == 0,
                error=(
                    "InvalidRequestException: You can't create this secret because a secret with "
                    "this name is already scheduled for deletion."
                ),
                source="Secrets Manager API, DeleteSecret and CreateSecret",
            ),
        ),
    ),
    ResourceType(
        "aws:secretsmanager/secretVersion:SecretVersion",
        read="secretsmanager: GetSecretValue; kms: Decrypt",
        write=("secretsmanager: PutSecretValue UpdateSecretVersionStage; kms: GenerateDataKey"),
        replace_on_changes="secretId secretString secretBinary",
        id="{inputs[secretId]}|terraform-{hex26}",
        outputs={
            "arn": "{inputs[secretId]}",
            "secretArn": "{inputs[secretId]}",
            "versionId": "terraform-{hex26}",
            "versionStages": ["AWSCURRENT"],
        },
    ),
    ResourceType(
        "aws:secretsmanager/secretRotation:SecretRotation",
        read="secretsmanager: DescribeSecret",
        write=("secretsmanager: RotateSecret CancelRotateSecret; kms: Decrypt GenerateDataKey"),
        replace_on_changes="secretId",
        id="{inputs[secretId]}",
        # RDS User Guide, "Password management with Amazon RDS and AWS Secrets Manager": RDS deletes
        # the secret that it manages with the DB instance, or when it manages it no longer.
        ends_with={"aws:rds/instance:Instance": "masterUserSecrets.secretArn"},
    ),
)


def _secret(args: Inputs, creation: Creation) -> dict[str, Any]:
    secret = f"secret:{args.get('name', '')}-{creation.hex(6)}"
    made = f"arn:aws:secretsmanager:{creation.region}:{creation.account}:{secret}"
    found = args.get("arn") or made
    return {**args, "id": found, "arn": found, "policy": "", "tags": {}, "description": ""}


FUNCTIONS = (
    Function(
        "aws:secretsmanager/getSecret:getSecret",
        read="secretsmanager: DescribeSecret GetResourcePolicy",
        answer=_secret,
    ),
)

SCOPES = (
    scope("kms: ListAliases", "*"),
    scope("kms: CreateKey", "*", when="request_tags"),
    scope("kms: TagResource", ":key/*", when="first_tagging"),
    scope(
        r"kms: (?!ListAliases|CreateKey|CreateGrant|Decrypt|Encrypt|GenerateDataKey)\w+",
        ":key/*",
        when="resource_tags",
    ),
    scope(
        "kms: Decrypt Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext",
        ":key/*",
        when="resource_tags_via_service",
    ),
    scope("kms: CreateGrant", ":key/*", when="grant_for_aws_resource"),
    scope(r"kms: (Create|Update|Delete)Alias", ":alias/{n}"),
    scope("ssm: DescribeParameters", "*"),
    scope(r"ssm: (?!Describe)\w+", ":parameter/plataforma/{e}/*"),
    # A stack file refers to secrets by any name. Their descriptions hold no values.
    scope("secretsmanager: DescribeSecret GetResourcePolicy", ":secret:*"),
    scope(r"secretsmanager: (?!DescribeSecret|GetResourcePolicy)\w+", ":secret:plataforma/{e}/*"),
    scope(
        "secretsmanager: RotateSecret CancelRotateSecret",
        ":secret:rds!db-*",
        when="own_database_secret",
    ),
    # RDS creates the secret of a password that it manages.
    scope("secretsmanager: CreateSecret TagResource", ":secret:rds!db-*", when="via_aws_service"),
)
SERVICE = Service("secrets", TYPES, FUNCTIONS, scopes=SCOPES)
