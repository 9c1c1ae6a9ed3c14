"""What is wrong with a dashboard is told before it is rendered."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from grafana_foundation_sdk.models.dashboard import Dashboard, GridPos, Panel

from rendering.dashboards import problems
from rendering.dashboards.rendered import boards


def problems_of(
    uid: str, break_it: Callable[[Dashboard], None], monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    broken = copy.deepcopy(boards())
    break_it(next(board for board in broken if board.uid == uid))
    monkeypatch.setattr(problems, "boards", lambda: broken)
    return problems.problems()


def panel_of(board: Dashboard, title: str) -> Any:
    return next(p for p in board.panels or [] if isinstance(p, Panel) and p.title == title)


def overlap(board: Dashboard) -> None:
    first, second = (board.panels or [])[1:3]
    second.grid_pos = first.grid_pos


def widen(board: Dashboard) -> None:
    (board.panels or [])[1].grid_pos = GridPos(x=20, y=0, w=8, h=1)


def number_twice(board: Dashboard) -> None:
    panels: Any = board.panels
    panels[2].id_val = panels[1].id_val


def rename(board: Dashboard) -> None:
    board.title = "Another"


def forget_variable(board: Dashboard) -> None:
    assert board.templating.list_val
    board.templating.list_val[0].name = "other"


def first(board: Dashboard) -> Any:
    return (board.panels or [])[1]


def forget_unit(board: Dashboard) -> None:
    first(board).field_config.defaults.unit = None


def count_nothing(board: Dashboard) -> None:
    first(board).field_config.defaults.unit = "none"


def draw_over_gaps(board: Dashboard) -> None:
    first(board).field_config.defaults.custom.span_nulls = True


def name_addresses(board: Dashboard) -> None:
    first(board).targets[0].legend_format = "{{instance}}"


def name_all(board: Dashboard) -> None:
    first(board).targets[0].most = 0


def name_too_many(board: Dashboard) -> None:
    first(board).targets[0].most = 13


def color_twice(board: Dashboard) -> None:
    panel: Any = next(p for p in board.panels or [] if p.title == "Lines by level")
    for override in panel.field_config.overrides:
        for value in override.properties:
            value.value = {"mode": "fixed", "fixedColor": "red"}


def leave_colors_to_grafana(board: Dashboard) -> None:
    first(board).field_config.defaults.color = None


def forget_a_color(board: Dashboard) -> None:
    first(board).field_config.overrides.pop(0)


def end_below_the_limit(board: Dashboard) -> None:
    panel_of(board, "CPU").field_config.defaults.custom.axis_soft_max = 0.5


def color_the_good_side(board: Dashboard) -> None:
    panel_of(board, "CPU").field_config.defaults.thresholds.steps[0].color = "green"


def begin_above_the_limit(board: Dashboard) -> None:
    panel_of(board, "CPU").field_config.defaults.min_val = 1


def forget_description(board: Dashboard) -> None:
    first(board).description = ""


@pytest.mark.parametrize(
    ("break_it", "told"),
    [
        (forget_unit, "Rate by route: no unit"),
        (count_nothing, "Rate by route: no unit"),
        (draw_over_gaps, "Rate by route: it draws lines over gaps"),
        (name_addresses, "Rate by route: legend '{{instance}}': a name tells more than an address"),
        (name_all, "Rate by route: legend '{{route}}{{kind}}': as many names as there are values"),
        (name_too_many, "Rate by route: 13 names in the legend, of which 12 can be told apart"),
        (leave_colors_to_grafana, "Rate by route: names that are not known have no colour"),
        (forget_a_color, "Rate by route: /api/v1/accounts has no colour"),
        (end_below_the_limit, "CPU: the axis ends below the limit of 0.9"),
        (begin_above_the_limit, "CPU: the axis begins above the limit of 0.9"),
        (color_the_good_side, "CPU: a limit is drawn in green"),
        (color_the_good_side, "CPU: its limits have no side on which all is well"),
        (color_twice, "Lines by level: two names have the colour red"),
        (overlap, "Rate by route and Errors by route overlap"),
        (widen, "wider than the dashboard"),
        (number_twice, "not unique"),
        (rename, "its title is 'Another'"),
        (forget_variable, "$service is used, but no variable has this name"),
        (forget_variable, "variable other: no query uses it"),
        (forget_description, "Rate by route: no description"),
    ],
)
def test_a_broken_dashboard_is_told(
    break_it: Callable[[Dashboard], None], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = problems_of("service", break_it, monkeypatch)
    assert any(told in problem for problem in found), found


def ask_twice(board: Dashboard) -> None:
    panel = panel_of(board, "Which stores answer")
    panel.targets.append(copy.copy(panel.targets[0]))
    panel.targets[1].ref_id = "B"


def ask_once(board: Dashboard) -> None:
    panel_of(board, "What runs out first").targets.pop()


def keep_all_labels(board: Dashboard) -> None:
    panel_of(board, "What runs out first").targets[0].expr = "capacity:used:ratio"


def keep_one_more_label(board: Dashboard) -> None:
    target = panel_of(board, "What runs out first").targets[0]
    target.expr = target.expr.replace("(resource)", "(resource, job)")


def add_behind(board: Dashboard) -> None:
    panel_of(board, "What runs out first").targets[0].expr += " or (up)"


def sort_by_nothing(board: Dashboard) -> None:
    panel_of(board, "Which stores answer").options.sort_by[0].display_name = "Value"


def lowest_first(board: Dashboard) -> None:
    for override in panel_of(board, "Which stores answer").field_config.overrides:
        for style in override.properties:
            if style.id_val == "mappings":
                style.value.reverse()


def size_by_length(board: Dashboard) -> None:
    panel_of(board, "Workers").options.text = None


def test_a_number_that_is_as_large_as_its_text_is_short_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = problems_of("queue", size_by_length, monkeypatch)
    assert any("Workers: the shorter its text is" in problem for problem in found), found


@pytest.mark.parametrize(
    ("break_it", "told"),
    [
        (ask_twice, "column Answers: there is no field Value, only Value #A, Value #B"),
        (ask_once, "column In use: there is no field Value #A, only Value"),
        (keep_all_labels, "its queries give rows of their own"),
        (keep_one_more_label, "its queries give rows of their own"),
        (add_behind, "its queries give rows of their own"),
        (sort_by_nothing, "no column Value to sort by"),
        (lowest_first, "1 is written 'No', not 'Yes'"),
    ],
)
def test_a_table_that_grafana_would_leave_empty_or_fill_with_the_wrong_words_is_told(
    break_it: Callable[[Dashboard], None], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = problems_of("data", break_it, monkeypatch)
    assert any(told in problem for problem in found), found
