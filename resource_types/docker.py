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
        id="sha256:{hex64}",
        outputs={
            "baseImageName": "{inputs[imageName]}",
            "registryServer": lambda creation: str(creation.inputs["imageName"]).partition("/")[0],
            "repoDigest": _repo_digest,
        },
        changed_by_updates=("repoDigest",),
        summary=lambda i: str(i.get("imageName")),
    ),
)


SERVICE = Service("services", TYPES)
