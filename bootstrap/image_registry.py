"""The images of the account's stacks in Amazon ECR, where they are kept there."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from bootstrap.access.documents import Statement, allow
from bootstrap.access.stacks import IMAGES
from settings.service.registries import host, repository

# Amazon ECR User Guide, "IAM permissions for pushing an image to an Amazon ECR private repository"
# and "IAM permissions for pulling an image ...": the cache, the scanner and the signer read too.
PUSH = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:CompleteLayerUpload",
    "ecr:GetDownloadUrlForLayer",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
)


class ImageRegistry(pulumi.ComponentResource):
    """The repositories below a registry's path, each made by the first push to it.

    Makes: ecr.RepositoryCreationTemplate. It expires no image: one without a tag may be what
    production runs, since a stack's tag moves with each build.
    """

    def __init__(self, registry: str, opts: pulumi.ResourceOptions) -> None:
        super().__init__("plataforma:bootstrap:ImageRegistry", IMAGES, None, opts)
        # Amazon ECR API, CreateRepositoryCreationTemplate, appliedFor: CREATE_ON_PUSH. Tags of
        # builds and of their cache move, so that they are mutable.
        aws.ecr.RepositoryCreationTemplate(
            IMAGES,
            prefix=repository(registry),
            description="Images of the stacks",
            applied_fors=["CREATE_ON_PUSH"],
            image_tag_mutability="MUTABLE",
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


def push_statements(registry: str, partition: str) -> list[Statement]:
    """What a job needs to push below the registry's path. `registry`: an address of ECR."""
    account, _, _, region, *_ = host(registry).split(".")
    arn = f"arn:{partition}:ecr:{region}:{account}:repository/{repository(registry)}/*"
    return [
        allow(["ecr:GetAuthorizationToken"], ["*"]),
        allow([*PUSH, "ecr:CreateRepository"], [arn]),
    ]
