"""Draws docs/dashboards/<uid>.png from the dashboards' own queries: `make dashboard-pictures`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from commands.render.dashboards import FOLDER
from rendering.dashboards.pictures.drawing import View, picture
from rendering.dashboards.pictures.graphs import TooManyNamesError
from rendering.dashboards.pictures.readings import SourceError, Sources, Span
from rendering.dashboards.queries import defaults
from rendering.dashboards.rendered import boards
from settings.project import ROOT

PICTURES = ROOT / "docs/dashboards"
POINTS = 240


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    sources = Sources(options.prometheus.rstrip("/"), options.loki.rstrip("/"))
    end = options.end.timestamp() if options.end else time.time()
    step = max(options.scrape, round(options.minutes * 60 / POINTS))
    end -= end % step
    span = Span(end - options.minutes * 60, end, step)
    chosen = dict(pair.split("=", 1) for pair in options.set)
    intervals = {
        "__rate_interval": f"{max(4 * options.scrape, step + options.scrape)}s",
        "__auto": f"{step}s",
        "__range": f"{options.minutes}m",
    }
    options.folder.mkdir(parents=True, exist_ok=True)
    for board in boards():
        if options.only not in ("", board.uid):
            continue
        view = View(defaults(board) | intervals | chosen, sources, span)
        path = options.folder / f"{board.uid}.png"
        try:
            path.write_bytes(picture(json.loads((FOLDER / f"{board.uid}.json").read_text()), view))
        except (SourceError, TooManyNamesError) as error:
            print(f"dashboard-pictures: {error}", file=sys.stderr)
            return 1
        print(f"wrote {path} ({path.stat().st_size // 1024} KiB)")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make dashboard-pictures", description=__doc__)
    parser.add_argument("--prometheus", required=True, help="e.g. http://127.0.0.1:9090")
    parser.add_argument("--loki", default="", help="e.g. http://127.0.0.1:3100; none: no logs")
    parser.add_argument("--minutes", type=int, default=60, help="time to show, up to the end")
    parser.add_argument("--end", type=datetime.fromisoformat, help="e.g. 2026-11-27T19:36Z; now")
    parser.add_argument("--scrape", type=int, default=15, help="Prometheus' interval in seconds")
    parser.add_argument("--only", default="", metavar="UID", help="one dashboard alone")
    parser.add_argument("--folder", type=Path, default=PICTURES)
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="value of a variable"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
