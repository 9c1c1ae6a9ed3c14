"""Renders monitoring/grafana/dashboards/<uid>.json: `make dashboards`."""

from __future__ import annotations

import sys
from pathlib import Path

from monitoring.dashboards.boards import as_json
from monitoring.dashboards.problems import problems

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "monitoring/grafana/dashboards"


def rendered() -> dict[Path, str]:
    """Text by file for every dashboard."""
    return {FOLDER / f"{uid}.json": text for uid, text in as_json().items()}


def main() -> int:
    found = problems()
    if found:
        print("dashboards:", *found, sep="\n  ", file=sys.stderr)
        return 1
    files = rendered()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in set(FOLDER.glob("*.json")) - set(files):
        path.unlink()
        print(f"removed {path.relative_to(ROOT)}")
    for path, text in sorted(files.items()):
        path.write_text(text)
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
