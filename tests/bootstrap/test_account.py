"""The resources of the account, and the checks of its config."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pulumi.runtime.proto import resource_pb2

from bootstrap import settings
from bootstrap.settings import RESERVED, SettingsError
from policies.check import violations
from settings.stack_config import StackConfig
from simulation import process
from tests.bootstrap import account
from tests.support import stacks
from tests.support.plans import only

PLAN = account.plan()
KEYS = ["secrets-preview", "secrets-prod", "secrets-staging", "state"]


def test_the_state_bucket_keeps_old_versions_for_a_while():
    bucket = only(PLAN, "aws:s3/bucket:Bucket")
    assert bucket.inputs["bucket"] == "acme-plataforma-state"
    assert not bucket.inputs.get("forceDestroy")
    versioning = only(PLAN, "aws:s3/bucketVersioning:BucketVersioning").inputs
    assert versioning["versioningConfiguration"] == {"status": "Enabled"}
    encryption = only(
        PLAN,
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    ).inputs["rules"][0]
    assert encryption["applyServerSideEncryptionByDefault"] == {
        "sseAlgorithm": "aws:kms",
        "kmsMasterKeyId": "${state.arn}",
    }
    (rule,) = only(PLAN, "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration").inputs[
        "rules"
    ]
    assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": 90}
    assert "days" not in rule["expiration"], "a state that is in use must not end"


def test_the_state_bucket_denies_requests_without_tls():
    policy = json.loads(only(PLAN, "aws:s3/bucketPolicy:BucketPolicy").inputs["policy"])
    (statement,) = policy["Statement"]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    arn = "arn:aws:s3:::acme-plataforma-state"
    assert statement["Resource"] == [arn, f"{arn}/*"]


def test_bucket_and_keys_are_protected(monkeypatch: pytest.MonkeyPatch):
    protected: list[tuple[str, str]] = []
    recorder: Any = process._Recorder  # pyright: ignore[reportPrivateUsage]
    register = recorder.RegisterResource

    def noted(self: Any, request: resource_pb2.RegisterResourceRequest) -> Any:
        if request.protect:
            protected.append((request.type, request.name))
        return register(self, request)

    monkeypatch.setattr(recorder, "RegisterResource", noted)
    process.preview_config(stacks.account(), "account", account.FOLDER)
    assert {name for token, name in protected if token == "aws:kms/key:Key"} == set(KEYS)
    assert ("aws:s3/bucket:Bucket", "state") in protected


def test_the_account_breaks_no_policy():
    assert violations(PLAN.resources, "account") == ()


def test_every_environment_has_a_key_of_its_own_that_rotates():
    keys = {key.name: key.inputs for key in PLAN.of_type("aws:kms/key:Key")}
    assert sorted(keys) == KEYS
    assert all(key["enableKeyRotation"] for key in keys.values())
    aliases = {alias.inputs["name"] for alias in PLAN.of_type("aws:kms/alias:Alias")}
    assert aliases == {f"alias/plataforma-{name}" for name in KEYS}
    assert PLAN.outputs["secretsProviders"]["prod"] == (
        "awskms://alias/plataforma-secrets-prod?region=eu-west-1"
    )


def test_the_accounts_resources_belong_to_no_environment():
    """Else a deploy role would own it, by its tags."""
    provider = only(PLAN, "pulumi:providers:aws").inputs
    tags = json.loads(provider["defaultTags"])["tags"]
    assert tags["Environment"] in RESERVED
    assert json.loads(provider["allowedAccountIds"]) == ["123456789012"]


def test_the_oidc_provider_is_githubs():
    inputs = only(PLAN, "aws:iam/openIdConnectProvider:OpenIdConnectProvider").inputs
    assert inputs["url"] == "https://token.actions.githubusercontent.com"
    assert inputs["clientIdLists"] == ["sts.amazonaws.com"]


def test_an_existing_provider_is_trusted_and_not_made():
    values = {f"plataforma:{key}": value for key, value in account.raw().items()}
    config = StackConfig(values | {"plataforma:githubProvider": "existing"})
    plan = process.preview_config(config, "account", account.FOLDER)
    assert not list(plan.of_type("aws:iam/openIdConnectProvider:OpenIdConnectProvider"))
    trust = json.loads(only(plan, account.ROLE, "deploy-prod").inputs["assumeRolePolicy"])
    assert trust["Statement"][0]["Principal"]["Federated"] == (
        "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
    )


def test_images_are_pushed_below_the_registry_s_path_alone_and_none_expires():
    template = only(PLAN, "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate").inputs
    assert (template["prefix"], template["appliedFors"]) == ("plataforma", ["CREATE_ON_PUSH"])
    assert "lifecyclePolicy" not in template
    (policy,) = account.documents("images")
    allowed = {a: s["Resource"] for s in policy["Statement"] for a in s["Action"]}
    assert allowed.pop("ecr:GetAuthorizationToken") == ["*"]
    arn = "arn:aws:ecr:eu-west-1:123456789012:repository/plataforma/*"
    assert {"ecr:PutImage", "ecr:CreateRepository"} <= set(allowed)
    assert all(resources == [arn] for resources in allowed.values())


def test_every_policy_is_attached_to_its_role():
    attached = {
        (a.inputs["role"], a.inputs["policyArn"])
        for a in PLAN.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    }
    names = {p.name for p in PLAN.of_type(account.POLICY)}
    policies = {name for name in names if not name.startswith("boundary-")}
    assert len(names - policies) == 3
    assert attached == {
        (f"plataforma-{name.rpartition('-')[0]}", f"${{{name}.arn}}") for name in policies
    }


def test_all_problems_of_a_config_are_reported_at_once():
    raw = account.raw() | {
        "account": "12345",
        "repository": "plataforma",
        "oldVersionDays": 1,
        "stateBuckett": "x",
    }
    with pytest.raises(SettingsError) as refused:
        settings.parse(raw)
    assert [problem.path for problem in refused.value.problems] == [
        "account",
        "oldVersionDays",
        "repository",
        "stateBuckett",
    ]
    assert "Did you mean stateBucket?" in str(refused.value)


def environments(*names: str) -> list[dict[str, str]]:
    where = {"domain": "a.example.com", "zone": "Z0123456789EXAMPLE"}
    return [{"name": name, **where} for name in names]


def listing(*resources: str) -> dict[str, Any]:
    (first, second) = environments("staging", "prod")
    return {"environments": [{**first, "resources": list(resources)}, second]}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"environments": []}, "environments: is empty"),
        ({"environments": environments("staging", "staging")}, "staging is listed twice."),
        ({"environments": environments("deploy")}, "deploy is reserved"),
        ({"environments": environments("account")}, "account is reserved"),
        ({"environments": environments("pr7x")}, "has the name of a pull request's stack"),
        ({"stateBucket": "plataforma-prod-state"}, "has the prefix of the buckets of prod"),
        (
            {"stateBucket": "plataforma-pr1-state"},
            "has the prefix of the buckets of pull requests' stacks",
        ),
        ({"pullRequestPreviews": ["qa"]}, "qa is no environment. Known: staging, prod."),
        (
            {"ephemeral": {"domain": "p.example.com", "zone": "Z0123456789", "network": "qa"}},
            "plataforma:ephemeral.network: qa is no environment. Known: staging, prod.",
        ),
        ({"repository": "acme/*"}, "'acme/*' is not allowed"),
        (listing("*"), "environments.0.resources.0: '*' is not allowed"),
        (listing("arn:aws:s3:::*"), "'arn:aws:s3:::*' is not allowed"),
        (listing("arn:aws:sqs:::${aws:username}"), "is not allowed"),
        (
            listing("arn:aws:s3:::acme-*"),
            "environments.staging.resources: arn:aws:s3:::acme-* matches the state bucket",
        ),
        (
            listing(*(f"secretsmanager:shop/a-rather-long-name-{n}" for n in range(20))),
            "make the permissions boundary",
        ),
        (
            {"registry": "210987654321.dkr.ecr.eu-west-1.amazonaws.com/x"},
            "registry: 210987654321 in eu-west-1 is not this account's ECR: 123456789012 in",
        ),
        ({"registry": "ghcr.io/acme/plataforma"}, "'ghcr.io/acme/plataforma' is not allowed"),
        (
            {"ephemeral": {"domain": "p.example.com", "network": "staging"}},
            "plataforma:ephemeral: domain and zone go together: give both, or neither.",
        ),
    ],
)
def test_unsafe_names_are_refused(changed: dict[str, Any], message: str):
    raw = account.raw() | changed
    if "environments" in changed:
        raw["pullRequestPreviews"] = []
    with pytest.raises(SettingsError, match=r"(?s).*") as refused:
        settings.parse(raw)
    assert message in str(refused.value)


def test_an_account_without_stacks_of_pull_requests_has_no_role_key_or_boundary_for_them():
    """They have an account of their own (README.md), or there are none."""
    values = {f"plataforma:{k}": v for k, v in account.raw().items() if k != "ephemeral"}
    plan = process.preview_config(StackConfig(values), "account", account.FOLDER)
    assert "secrets-preview" not in {key.name for key in plan.of_type("aws:kms/key:Key")}
    assert "ephemeral" not in {role.name for role in plan.of_type(account.ROLE)}
    assert set(plan.outputs["permissionsBoundaries"]) == {"staging", "prod"}


def test_secrets_are_listed_as_a_stack_file_refers_to_them():
    listed = ["secretsmanager:shop/stripe", "ssm:/ops/key", "arn:aws:s3:::shop-*"]
    parsed = settings.parse(account.raw() | listing(*listed))
    assert parsed.stacks["staging"].listed == (
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/stripe-??????",
        "arn:aws:ssm:eu-west-1:123456789012:parameter/ops/key",
        "arn:aws:s3:::shop-*",
    )
