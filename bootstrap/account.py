"""The account: all components of this project, and what each gets from the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from bootstrap.access import state
from bootstrap.access.documents import (
    Document,
    Statement,
    allow,
    deploy_statements,
    document,
    pack,
    preview_statements,
    to_json,
)
from bootstrap.access.permissions_boundary import ACCOUNT_TAG, boundary_statements
from bootstrap.access.stacks import EPHEMERAL, IMAGES, PROJECT, Stacks
from bootstrap.access.trust import (
    AUDIENCE,
    ISSUER,
    PREVIEW,
    PREVIEW_REMOVAL,
    preview_subjects,
    subject_of_environment,
    subject_of_main,
    trust,
)
from bootstrap.image_registry import ImageRegistry, push_statements
from bootstrap.key import AccountKey
from bootstrap.pipeline_role import PipelineRole, PipelineRoleArgs
from bootstrap.quotas import request_quotas
from bootstrap.settings import Settings
from bootstrap.state_bucket import StateBucket

KeyArns = Mapping[str, str]
"""ARNs by environment, and `state` for the state's key: no environment may have this name."""


class Account(pulumi.ComponentResource):
    """What an AWS account needs once, before its first stack.

    Makes: StateBucket, AccountKey for the state, for each environment's secrets and for those of
    pull requests, the OIDC provider, the quotas asked for, a permissions boundary for each, a
    PipelineRole for each job, and ImageRegistry where images are in ECR.
    """

    outputs: Mapping[str, Any]
    """Values for GitHub's variables and the stack files."""

    def __init__(self, name: str, settings: Settings) -> None:
        provider = _provider(settings)
        super().__init__(
            "plataforma:bootstrap:Account", name, None, pulumi.ResourceOptions(providers=[provider])
        )
        self._settings = settings
        self._child_options = pulumi.ResourceOptions(parent=self)
        self._bucket_arn = f"arn:{settings.partition}:s3:::{settings.state_bucket}"
        state_key = self._key("state", "The state of all stacks")
        bucket = StateBucket(
            "state",
            settings.state_bucket,
            self._bucket_arn,
            state_key.arn,
            settings.old_version_days,
            self._child_options,
        )
        keys = {
            environment: self._key(f"secrets-{environment}", f"Secrets of {environment}")
            for environment in (*settings.stacks, *([PREVIEW] if settings.ephemeral else []))
        }
        arns = {environment: key.arn for environment, key in keys.items()}
        self._key_arns = _all({"state": state_key.arn, **arns})
        self._provider_arn = self._make_oidc_provider()
        request_quotas(settings.quotas.wanted(), self._child_options)
        boundaries = self._make_boundaries()
        roles = self._make_roles()
        self.outputs = {
            "backend": pulumi.Output.concat("s3://", bucket.bucket, f"?region={settings.region}"),
            "secretsProviders": {
                environment: f"awskms://alias/{PROJECT}-secrets-{environment}"
                f"?region={settings.region}"
                for environment in keys
            },
            "permissionsBoundaries": boundaries,
            "roles": {role: one.arn for role, one in roles.items()},
        }
        self.register_outputs({})

    def _key(self, name: str, description: str) -> AccountKey:
        settings = self._settings
        root = f"arn:{settings.partition}:iam::{settings.account}:root"
        return AccountKey(name, f"alias/{PROJECT}-{name}", description, root, self._child_options)

    def _make_oidc_provider(self) -> pulumi.Output[str]:
        """It has no thumbprint: AWS trusts GitHub's certificate authority."""
        settings = self._settings
        if settings.github_provider == "existing":
            arn = f"arn:{settings.partition}:iam::{settings.account}:oidc-provider/{ISSUER}"
            return pulumi.Output.from_input(arn)
        provider = aws.iam.OpenIdConnectProvider(
            "github", url=f"https://{ISSUER}", client_id_lists=[AUDIENCE], opts=self._child_options
        )
        return provider.arn

    def _make_boundaries(self) -> dict[str, pulumi.Output[str]]:
        """The names of the permissions boundaries, by environment."""
        settings = self._settings
        return {
            environment: self._boundary(environment, stacks)
            for environment, stacks in {
                **settings.stacks,
                **settings.pull_request_stacks,
            }.items()
        }

    def _boundary(self, environment: str, stacks: Stacks) -> pulumi.Output[str]:
        policy = aws.iam.Policy(
            f"boundary-{environment}",
            name=stacks.boundary,
            policy=to_json(document(boundary_statements(stacks))),
            opts=self._child_options,
        )
        return policy.name

    def _make_roles(self) -> dict[str, PipelineRole]:
        roles: dict[str, PipelineRole] = {}
        for environment, stacks in self._settings.stacks.items():
            roles[f"preview-{environment}"] = self._preview_role(environment, stacks)
            roles[f"deploy-{environment}"] = self._deploy_role(environment, stacks)
        for name, stacks in self._settings.pull_request_stacks.items():
            roles[name] = self._ephemeral_role(stacks)
        if registry := self._settings.registry:
            ImageRegistry(registry, self._child_options)
            roles[IMAGES] = self._images_role(registry)
        return roles

    def _images_role(self, registry: str) -> PipelineRole:
        """For the jobs that build on main, and those of pull requests' environments."""
        repository = self._settings.repository
        return self._role(
            IMAGES,
            subjects=[subject_of_main(repository), subject_of_environment(repository, PREVIEW)],
            documents=[document(push_statements(registry, self._settings.partition))],
            state=None,
            hours=1,
        )

    def _preview_role(self, environment: str, stacks: Stacks) -> PipelineRole:
        on_pull_requests = environment in self._settings.pull_request_previews
        readable = self._readable_by(environment)

        def state_statements(keys: KeyArns) -> list[Statement]:
            return [
                *state.read_state(stacks, self._bucket_arn, keys["state"], readable),
                allow(["kms:Decrypt"], [keys[name] for name in readable]),
            ]

        return self._role(
            f"preview-{environment}",
            subjects=preview_subjects(self._settings.repository, on_pull_requests),
            documents=pack(preview_statements(stacks)),
            state=self._key_arns.apply(state_statements),
            hours=1,
        )

    def _deploy_role(self, environment: str, stacks: Stacks) -> PipelineRole:
        readable = self._readable_by(environment)

        def state_statements(keys: KeyArns) -> list[Statement]:
            return [
                *state.read_state(stacks, self._bucket_arn, keys["state"], readable),
                *state.write_state(stacks, self._bucket_arn, keys["state"]),
                allow(["kms:Decrypt"], [keys[name] for name in readable]),
            ]

        return self._role(
            f"deploy-{environment}",
            subjects=[subject_of_environment(self._settings.repository, environment)],
            documents=pack(deploy_statements(stacks)),
            state=self._key_arns.apply(state_statements),
            hours=6,
        )

    def _ephemeral_role(self, stacks: Stacks) -> PipelineRole:
        def state_statements(keys: KeyArns) -> list[Statement]:
            return [
                *state.read_state(stacks, self._bucket_arn, keys["state"], stacks.environments),
                *state.write_state(stacks, self._bucket_arn, keys["state"]),
                # The job creates and encrypts the data key of a new stack.
                allow(["kms:Decrypt", "kms:Encrypt"], [keys[PREVIEW]]),
            ]

        return self._role(
            EPHEMERAL,
            subjects=[
                subject_of_environment(self._settings.repository, environment)
                for environment in (PREVIEW, PREVIEW_REMOVAL)
            ],
            documents=pack(deploy_statements(stacks)),
            state=self._key_arns.apply(state_statements),
            hours=6,
        )

    def _readable_by(self, environment: str) -> list[str]:
        """The environments whose state its roles read: itself, and those whose image digests it
        promotes."""
        return [*self._settings.promoted_before(environment), environment]

    def _role(
        self,
        name: str,
        *,
        subjects: Sequence[str],
        documents: Sequence[Document],
        state: pulumi.Output[list[Statement]] | None,
        hours: int,
    ) -> PipelineRole:
        return PipelineRole(
            name,
            PipelineRoleArgs(
                physical_name=f"{PROJECT}-{name}",
                trust=self._provider_arn.apply(lambda arn: trust(arn, subjects)),
                documents=documents,
                state=state,
                hours=hours,
            ),
            self._child_options,
        )


def _provider(settings: Settings) -> aws.Provider:
    """Its tags say that no stack owns these resources: see permissions_boundary.ACCOUNT_TAG."""
    return aws.Provider(
        "aws",
        region=settings.region,
        allowed_account_ids=[settings.account],
        default_tags=aws.ProviderDefaultTagsArgs(
            tags={"Environment": ACCOUNT_TAG, "ManagedBy": "pulumi", "Project": PROJECT}
        ),
    )


def _all(arns: Mapping[str, pulumi.Output[str]]) -> pulumi.Output[KeyArns]:
    values = pulumi.Output.all(*arns.values())
    return values.apply(lambda known: dict(zip(arns, known, strict=True)))
