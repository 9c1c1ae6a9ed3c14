"""SIMULATION, not AWS: what a referenced stack exports."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from settings.project import ROOT
from simulation.docker_context import dockerfiles

DOCKERFILES = ROOT / "images"


def image_digests(config: Mapping[str, Any], stack: str) -> dict[str, str]:
    """A digest for every image that a service names or that has a Dockerfile."""
    services = next((v for k, v in config.items() if k.endswith(":services")), None) or {}
    images = {str(s.get("image", name)) for name, s in services.items() if isinstance(s, Mapping)}
    images |= set(dockerfiles(DOCKERFILES))
    return {
        image: "sha256:" + hashlib.sha256(f"{stack}/{image}".encode()).hexdigest()
        for image in sorted(images)
    }
