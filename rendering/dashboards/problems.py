"""Checks the dashboards, and reports all their problems at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import combinations

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard, GridPos, Panel

from rendering.dashboards import sources
from rendering.dashboards.queries import BUILT_IN, VARIABLE, queries
from rendering.dashboards.rendered import boards, every_panel
from rendering.dashboards.series import known_series, series_of
from rendering.dashboards.variables import DASHBOARDS

WIDTH = 24
SOURCES = {source.uid for source in vars(sources).values() if hasattr(source, "uid")}
WITHOUT_UNIT = ("logs", "table")


def problems() -> list[str]:
    """One line per problem; none where the dashboards may be rendered."""
    found = [f"{board.uid}: {text}" for board in boards() for text in _of_board(board)]
    uids = sorted(board.uid or "" for board in boards())
    if uids != sorted(DASHBOARDS):
        found.append(f"dashboards are {uids}, but should be {sorted(DASHBOARDS)}")
    return found + list(_unknown_series())


def _of_board(board: Dashboard) -> Iterator[str]:
    if board.title != DASHBOARDS.get(board.uid or ""):
        yield f"its title is {board.title!r}, but {DASHBOARDS.get(board.uid or '')!r} elsewhere"
    numbers = [panel.id_val for panel in every_panel(board)]
    if None in numbers or len(set(numbers)) < len(numbers):
        yield f"the ids of panels are not unique: {numbers}"
    yield from _misplaced(board)
    yield from _variables(board)
    for panel in every_panel(board):
        if isinstance(panel, Panel):
            yield from (f"{panel.title}: {text}" for text in _of_panel(panel))


def _of_panel(panel: Panel) -> Iterator[str]:
    if not panel.description:
        yield "no description: say what to look for"
    unit = panel.field_config and panel.field_config.defaults.unit
    if not unit and panel.type_val not in WITHOUT_UNIT:
        yield "no unit"
    if not panel.targets:
        yield "no query"
    letters = [getattr(target, "ref_id", "") for target in panel.targets or []]
    if len(set(letters)) < len(letters):
        yield f"two queries have one letter: {letters}"
    if not panel.datasource or panel.datasource.uid not in SOURCES:
        yield "its data source is not one that is provisioned"


def _misplaced(board: Dashboard) -> Iterator[str]:
    placed = [(p.title, p.grid_pos) for p in every_panel(board) if p.grid_pos]
    for title, place in placed:
        if place.x + place.w > WIDTH:
            yield f"{title}: wider than the dashboard: {place.x} + {place.w} > {WIDTH}"
    for (one, first), (other, second) in combinations(placed, 2):
        if _overlap(first, second):
            yield f"{one} and {other} overlap"


def _overlap(one: GridPos, other: GridPos) -> bool:
    beside = one.x + one.w <= other.x or other.x + other.w <= one.x
    above = one.y + one.h <= other.y or other.y + other.h <= one.y
    return not beside and not above


def _variables(board: Dashboard) -> Iterator[str]:
    defined = {variable.name for variable in board.templating.list_val or []}
    text = json.dumps([board.panels, board.annotations], cls=JSONEncoder)
    used = {match["bare"] or match["braced"] for match in VARIABLE.finditer(text)}
    for name in sorted(defined - used):
        yield f"variable {name}: no query uses it"
    for name in sorted(used - defined - set(BUILT_IN)):
        yield f"${name} is used, but no variable has this name"


def _unknown_series() -> Iterator[str]:
    for query in queries():
        if query.source == "prometheus":
            for name in sorted(series_of(query.expr) - known_series()):
                yield (
                    f"{query.dashboard}: {query.panel}: nothing makes the series {name}: "
                    "correct it, or add it to rendering/dashboards/series.py"
                )
