"""Images that the program builds."""

from __future__ import annotations

from resource_types.model import Creation, ResourceType, Service


def _repo_digest(creation: Creation) -> str:
    repository = str(creation.inputs["imageName"]).rpartition(":")[0]
    return f"{repository}@sha256:{creation.hex(64)}"


TYPES = (
    ResourceType(
        "docker:index/image:Image",
        read="",
        replace_on_changes="",
        id="{inputs[imageName]}",
        # pulumi-docker 4.11.2, provider/image.go: dockerBuild. registryServer is that of the input
        # `registry`, which this program leaves out: the provider reads Docker's own login.
        outputs={
            "baseImageName": "{inputs[imageName]}",
            "context": lambda creation: creation.inputs["build"]["context"],
            "dockerfile": lambda creation: creation.inputs["build"]["dockerfile"],
            "platform": lambda creation: creation.inputs["build"]["platform"],
            "registryServer": "",
            "repoDigest": _repo_digest,
        },
        changed_by_updates=("repoDigest",),
        summary=lambda i: str(i.get("imageName")),
    ),
)


SERVICE = Service("services", TYPES)
