"""Renders docs/layers.md, the picture of the import contracts in pyproject.toml: `make layers`."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from commands.render.output import write_files
from settings.project import ROOT

PAGE = ROOT / "docs/layers.md"
HEADER = """# Layers

<!-- Written by `make layers` from the import contracts in pyproject.toml; edit them there. -->

An arrow means: may import. A module imports only modules of layers below its own; folders side by
side in one box do not import each other. `make lint` checks this with import-linter.
"""


def rendered() -> dict[Path, str]:
    """The page by its path."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layered = [contract for contract in config["contracts"] if contract["type"] == "layers"]
    return {PAGE: "\n".join([HEADER, *map(_section, layered)])}


def _section(contract: Mapping[str, Any]) -> str:
    title = contract.get("containers", ["Packages"])[0]
    return "\n".join([f"## {title}", "", "```mermaid", *_chart(contract["layers"]), "```", ""])


def _chart(layers: list[str]) -> Iterator[str]:
    yield "flowchart TB"
    for number, layer in enumerate(layers):
        yield f'  layer{number}["{layer.replace(" | ", " &nbsp; ")}"]'
    for number in range(1, len(layers)):
        yield f"  layer{number - 1} --> layer{number}"


def main() -> int:
    write_files(ROOT, rendered())
    return 0


if __name__ == "__main__":
    sys.exit(main())
