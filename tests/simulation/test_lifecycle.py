"""Stacks made, changed in every way that a stack file can ask for, destroyed and made again: AWS
refuses nothing but what the pages say, and no change is left over."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.lifecycle import printed, rows, walk
from tests.simulation.walks import WALKS, Walk
from tests.support.projects import project


@pytest.mark.parametrize("route", WALKS, ids=lambda route: route.name)
def test_a_stack_lives(pulumi_cli: Path, tmp_path: Path, route: Walk):
    stack = project(tmp_path, pulumi_cli)
    outcomes = list(walk(stack, route))
    print(printed(rows(outcomes)))
    wrong = {o.step: [*o.refusals, *o.left_over] for o in outcomes if not o.as_expected}
    assert wrong == {}
    assert stack.urns_in_aws() == set()
