"""What the dashboards' queries say of given series, as Prometheus evaluates them."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from rendering.dashboards.boards.cost import SIZES
from rendering.dashboards.queries import queries
from tests.support import stacks
from tests.support.programs import program

Series = Mapping[str, str]
BACKENDS = {'up{job="backend",instance="1"}': "1x30", 'up{job="backend",instance="2"}': "1x30"}
FRONTEND = 'up{job="frontend"}'
CPU = 'process_cpu_seconds_total{service="backend",instance="%s"}'
SESSIONS = 'pg_stat_activity_count{usename="a"}'
WAITS = 'pg_stat_activity_count{usename="a",wait_event_type="Lock",wait_event="relation"}'
LONGEST = 'pg_stat_activity_max_tx_duration{datname="p",usename="p",application_name="%s"}'
WAITING = 'pg_stat_activity_max_tx_duration{datname="p",usename="p",wait_event_type="Lock"}'
ATTEMPTS, TAKEN = (
    'job_duration_seconds_bucket{kind="%s",le="%s"}',
    'job_duration_seconds_sum{kind="%s"}',
)
LOCKS = "Locks on whole tables (0 is normal)"


@pytest.mark.needs("promtool")
@pytest.mark.parametrize(
    ("panel", "number", "given", "expected"),
    [
        (LOCKS, 1, {WAITS: "2x30", SESSIONS: "1x30"}, {"": 2}),
        (LOCKS, 1, {SESSIONS: "1x30"}, {"": 0}),
        (LOCKS, 1, {}, {}),
        (
            "Longest transaction",
            0,
            {LONGEST % "psql": "90x30", LONGEST % "": "0.5x30", WAITING: "89x30"},
            {'application_name="psql",usename="p"': 90, 'usename="p"': 0.5},
        ),
        (
            # Two of 0.5 vCPU and 1 GiB, one of 0.25 and 0.5.
            "Who makes it grow: USD a month",
            0,
            {**BACKENDS, FRONTEND: "1x30"},
            {'job="backend"': 36.04, 'job="frontend"': 9.01},
        ),
        (
            "Time of an attempt, p95",
            0,
            {ATTEMPTS % ("a", "+Inf"): "0+1x30", ATTEMPTS % ("b", "+Inf"): "0x30"}
            | {ATTEMPTS % ("a", "1"): "0+1x30", ATTEMPTS % ("b", "1"): "0x30"}
            | {TAKEN % "a": "0+1x30", TAKEN % "b": "0x30"},
            {'kind="a"': 0.95},
        ),
        (
            "CPU in use, of what is reserved",
            0,
            {**BACKENDS, CPU % 1: "0+3.75x30", CPU % 2: "0x30"},
            {'service="backend"': 0.25},
        ),
    ],
)
def test_a_query_says(
    panel: str, number: int, given: Series, expected: Mapping[str, float], tmp_path: Path
) -> None:
    expr = [query.expr for query in queries() if query.panel == panel][number]
    series = [{"series": name, "values": values} for name, values in given.items()]
    samples = [{"labels": f"{{{labels}}}", "value": value} for labels, value in expected.items()]
    check = {"expr": f"round({expr}, 0.01)", "eval_time": "5m", "exp_samples": samples}
    document = {"tests": [{"interval": "15s", "input_series": series, "promql_expr_test": [check]}]}
    file = tmp_path / "test.yml"
    file.write_text(yaml.safe_dump(document))
    done = subprocess.run(
        [program("promtool"), "test", "rules", file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_tasks_cost_what_their_size_in_production_does() -> None:
    services = stacks.read("prod").values["plataforma:services"]
    written = {name: (each["cpu"], each["memory"]) for name, each in services.items()}
    assert written == {name: (vcpu * 1024, gib * 1024) for name, (vcpu, gib) in SIZES.items()}
