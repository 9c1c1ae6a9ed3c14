"""All dashboards, built and as Grafana's JSON."""

from __future__ import annotations

import json
from functools import cache
from itertools import count

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard, Panel, RowPanel

from rendering.dashboards.boards import cost, data, overview, queue, service


@cache
def boards() -> tuple[Dashboard, ...]:
    """The dashboards, their panels numbered from 1 in reading order."""
    built = tuple(module.build().build() for module in (overview, service, queue, data, cost))
    for board in built:
        numbers = count(1)
        for panel in every_panel(board):
            panel.id_val = next(numbers)
    return built


def every_panel(board: Dashboard) -> list[Panel | RowPanel]:
    """Rows and panels, those inside collapsed rows too."""
    panels: list[Panel | RowPanel] = []
    for panel in board.panels or []:
        panels.append(panel)
        if isinstance(panel, RowPanel):
            panels.extend(panel.panels)
    return panels


def as_json() -> dict[str, str]:
    """JSON text by uid; equal dashboards give equal text."""
    return {
        board.uid or "": json.dumps(board, cls=JSONEncoder, indent=2, sort_keys=True) + "\n"
        for board in boards()
    }
