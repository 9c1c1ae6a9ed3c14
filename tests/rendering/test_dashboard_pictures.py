"""What a reader of a graph's picture relies on: its legend, its limits and its times."""

from __future__ import annotations

import json
from typing import Any

import matplotlib.dates as dates
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from commands.render.dashboards import FOLDER
from rendering.dashboards.pictures.graphs import Room, TooManyNamesError, graph
from rendering.dashboards.pictures.readings import Series, Span

WIDE, NARROW = Room(10, 3), Room(3.5, 2)
# A minute after a round time.
BEGIN = 1.8e9 + 60


def drawn(
    board: str, title: str, *names: str, room: Room = WIDE, minutes: int = 10
) -> tuple[Axes, Axes]:
    """The card of a panel, and the graph on it."""
    panels = json.loads((FOLDER / f"{board}.json").read_text())["panels"]
    panel: Any = next(one for one in panels if one["title"] == title)
    card = Figure(figsize=(room.width, room.height)).add_axes((0, 0, 1, 1))
    card.set(xlim=(0, room.width), ylim=(0, room.height))
    span = Span(BEGIN, BEGIN + 60 * minutes, 60)
    lines = [Series(name, {}, (span.start, span.end), (1.0, 2.0)) for name in names]
    return card, graph(card, panel, lines, room, span)


def test_a_dashed_line_is_dashed_beside_its_name_too() -> None:
    title = "Who makes it grow: USD a month"
    card, _ = drawn("cost", title, "tasks: worker", "logs: worker")
    assert [line.is_dashed() for line in card.lines] == [True, False]
    card, _ = drawn("queue", "Average time of an attempt", "average", "assumed")
    legend = card.get_legend()
    assert legend
    assert [line.is_dashed() for line in legend.get_lines()] == [False, True]


def test_a_name_that_nobody_knows_beforehand_is_cut_and_no_other() -> None:
    long = "plataforma PostgreSQL JDBC Driver"
    card, _ = drawn("data", "Longest transaction", long, room=NARROW)
    assert "plataforma Postgre…" in [text.get_text() for text in card.texts]
    with pytest.raises(TooManyNamesError):
        drawn("data", "In use", "PostgreSQL connections", room=NARROW)


def test_a_limit_hides_no_line() -> None:
    _, axes = drawn("overview", "Tasks that answer", "frontend")
    line, limit = axes.lines[0], axes.lines[-1]
    assert limit.get_zorder() < line.get_zorder()


def test_two_times_at_least_are_below_a_graph() -> None:
    for minutes in (4, 6, 8, 14, 25):
        _, axes = drawn("overview", "Tasks that answer", "frontend", room=NARROW, minutes=minutes)
        begin, end = dates.num2date(axes.get_xlim())
        assert len([time for time in axes.get_xticks() if begin <= dates.num2date(time) <= end]) > 1
