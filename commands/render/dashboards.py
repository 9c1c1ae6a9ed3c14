"""Renders monitoring/grafana/dashboards/<uid>.json: `make dashboards`."""

from __future__ import annotations

import sys
from pathlib import Path

from commands.render.output import write_files
from rendering.dashboards.problems import problems
from rendering.dashboards.rendered import as_json
from settings.project import ROOT

FOLDER = ROOT / "monitoring/grafana/dashboards"


def rendered() -> dict[Path, str]:
    """Text by file for every dashboard."""
    return {FOLDER / f"{uid}.json": text for uid, text in as_json().items()}


def main() -> int:
    found = problems()
    if found:
        print("dashboards:", *found, sep="\n  ", file=sys.stderr)
        return 1
    write_files(ROOT, rendered(), instead_of=FOLDER.glob("*.json"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
