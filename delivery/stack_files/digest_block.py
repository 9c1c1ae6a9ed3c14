"""The block of a stack file that deploys just the images it names."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from delivery.shared.errors import InputError
from delivery.shared.outputs import StackOutputs, read_json

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
FORM = "plataforma.digests/1"


def digests_given(given: Sequence[str], outputs: StackOutputs) -> dict[str, str]:
    """Digests by image: those that the stack runs, but for what `given` says: files and
    name=digest, with spaces between.

    Errors: InputError with every problem.
    """
    asked, problems = _asked(" ".join(given).split())
    for name, digest in asked.items():
        if _image(name, outputs) is None:
            known = ", ".join(sorted(outputs.image_digests))
            problems.append(f"{name}: the stack runs no such image or service. Images: {known}.")
        elif not DIGEST.fullmatch(digest):
            problems.append(f"{name}: {digest!r} is no digest (sha256: and 64 hex digits).")
    if problems:
        raise InputError("\n".join(["nothing was written:", *(f"  {p}" for p in problems)]))
    changed = {_image(name, outputs) or name: digest for name, digest in asked.items()}
    return {**outputs.image_digests, **changed}


def _asked(items: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Digests by the names that were given, and what cannot be read."""
    asked: dict[str, str] = {}
    problems = [] if items else ["--digests names no image: say backend=sha256:..., or a file."]
    for item in items:
        name, is_pair, digest = item.partition("=")
        try:
            asked |= {name: digest} if is_pair else read_digests(Path(item))
        except InputError as error:
            problems.append(str(error))
    return asked, problems


def read_digests(path: Path) -> dict[str, str]:
    """Digests by image from a file of the command `digests`."""
    raw = read_json(path, "python -m delivery digests --write FILE")
    digests: Any = raw.get("imageDigests") if isinstance(raw, dict) else None
    if not isinstance(digests, dict) or not digests:
        raise InputError(f"{path} holds no imageDigests. `python -m delivery digests` writes it.")
    bad = [name for name, value in digests.items() if not DIGEST.fullmatch(str(value))]
    if bad:
        raise InputError(f"{path}: no digest (sha256: and 64 hex digits): {', '.join(sorted(bad))}")
    return {str(name): str(value) for name, value in digests.items()}


def written(digests: Mapping[str, str]) -> str:
    return json.dumps({"form": FORM, "imageDigests": dict(sorted(digests.items()))}, indent=2)


def rendered(outputs: StackOutputs, digests: Mapping[str, str]) -> str:
    """YAML to merge into the stack file, with what to do in comments."""
    registries = sorted({_registry(s.image) for s in outputs.services.values()} - {""})
    images = {"registry": registries[0], "digests": dict(sorted(digests.items()))}
    block = yaml.safe_dump({"plataforma:images": images}, sort_keys=False)
    head = (
        "# Under `config:` of the stack file, in place of its plataforma:images. Keep pullSecret,\n"
        "# and leave build and promote out: digests take their place. Then run\n"
        "#   pulumi preview --stack <stack> && pulumi up --stack <stack>\n"
        "#   python -m delivery rollout --outputs FILE\n"
    )
    return head + block


def _image(name: str, outputs: StackOutputs) -> str | None:
    if name in outputs.image_digests:
        return name
    service = outputs.services.get(name)
    image = service.image_name if service else None
    return image if image in outputs.image_digests else None


def _registry(image: str) -> str:
    return image.partition("@")[0].rpartition("/")[0]
