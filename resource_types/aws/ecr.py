"""Image registries (ECR). Only an administrator makes them, in bootstrap/."""

from __future__ import annotations

from resource_types.model import ResourceType, Service

TYPES = (
    # terraform-provider-aws, internal/service/ecr/repository_creation_template.go: the prefix is
    # ForceNew, and the id.
    ResourceType(
        "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",
        replace_on_changes="prefix",
        id="{inputs[prefix]}",
        outputs={"registryId": "{account}"},
    ),
)
SERVICE = Service("ecr", TYPES)
