"""What `make preview` prints of a change."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from delivery.previews.grouping import parts_of
from delivery.previews.process import preview_of
from delivery.previews.terminal import Ending, print_preview
from policies.check import Violation
from simulation.changes.comparison import IMAGE, compare, with_contexts
from simulation.plan import Plan
from tests.support.configs import ABSENT, BASE, changed
from tests.support.plans import plan_of

PRODUCTION: dict[str, Any] = {"environment": "prod", "alarms": {"emails": ["ops@example.com"]}}
RABBITMQ = {"broker.kind": "rabbitmq", "secrets.BROKER_PASSWORD": "simulated-broker-password"}
INTERNAL = {"image": "backend", "reachableBy": ["backend"]}
ENDING = Ending(["https://example.com"], "in process", "commit", price=["312 USD", "+4 USD"])
SCREEN = 24


def change(edit: dict[str, Any], before: dict[str, Any] | None = None) -> Plan:
    old = before or {}
    return compare(plan_of(changed({**old, **edit})), plan_of(changed(old)), "HEAD (1a2b3c4)")


def printed(
    plan: Plan, violations: tuple[Violation, ...] = (), full: bool = False, **options: Any
) -> list[str]:
    out = io.StringIO()
    console = Console(file=out, width=200, highlight=False, **options)
    print_preview(preview_of(plan, violations), parts_of(plan), ENDING, console, full)
    return out.getvalue().splitlines()


def costs(plan: Plan) -> list[str]:
    """The lines of the first block."""
    return [line for line in printed(plan) if line.startswith("!")]


def test_a_small_change_is_a_screen_with_old_and_new_value():
    lines = printed(change({"services.backend.scaling.min": 2}))
    assert lines == [
        "staging: 1 changed, 144 unchanged; against HEAD (1a2b3c4)",
        "",
        "service backend",
        "  ~ Target backend-scaling  minCapacity: 1 → 2",
        "",
        "Address        https://example.com",
        "Price          312 USD",
        "               +4 USD",
        lines[8],
        "Longest wait   none: no service starts new tasks",
        "SIMULATION     not AWS: in process",
        "Next           commit",
    ]
    assert lines[8].startswith("Policy         passes: none of ")


def test_a_new_revision_is_no_alarm_and_its_services_wait_is_told():
    plan = change({"services.worker.memory": 2048, "services.backend.environment": {"A": "b"}})
    lines = printed(plan)
    assert costs(plan) == []
    assert len(lines) <= SCREEN
    assert lines[0].startswith("staging: 2 changed, 3 new revisions, ")
    assert "  ± TaskDefinition worker  memory: 512 → 2048" in lines
    assert "Longest wait   390 s for the rolling deployment of backend, when healthy" in lines


@pytest.mark.parametrize(
    ("before", "edit", "expected"),
    [
        (
            {},
            RABBITMQ,
            "!! MESSAGES LOST  Queue broker-events: every message in the queue; deleted; "
            "stop what publishes, and wait until it is empty",
        ),
        (
            RABBITMQ,
            {"broker.deployment": "cluster"},
            "!! MESSAGES LOST  Broker broker: every message in the broker; "
            "no client reaches the broker; replaced because of deploymentMode, subnetIds",
        ),
        (
            {**PRODUCTION, "edge": {"cdn": {"enabled": True}}},
            {"edge": {"cdn": {"enabled": False}}},
            "!! DOWNTIME       LoadBalancer edge: its hosts do not answer until DNS names another "
            "and clients have seen that; replaced because of internal; deletion protection is on: "
            "AWS will refuse, and the deployment stops there",
        ),
        (
            {**PRODUCTION, "edge": {"cdn": {"enabled": True}}},
            {"edge": {"cdn": {"enabled": False}}},
            "!! REFUSED        plataforma:edge.cdn: load balancer plataforma-prod can't change "
            "from internal to internet-facing while its deletion protection is on",
        ),
        (
            {},
            {"cache.nodeType": "cache.r7g.large"},
            "!! DOWNTIME       ReplicationGroup cache: interrupted at once (nodeType): reads and "
            "writes fail briefly while its name moves to the new node",
        ),
        (
            {},
            {"cache.engine": "redis", "cache.version": "7.1"},
            "!! DATA LOST      ReplicationGroup cache: everything in the cache: sessions, queued "
            "jobs; no client reaches the cache; replaced because of engine",
        ),
        (
            {},
            {"database": {"instanceClass": "db.t4g.small"}},
            "!! DOWNTIME       Instance database: interrupted at once (instanceClass): no client "
            "reaches it until the new instance runs",
        ),
        (
            {"database": {"multiAz": True}},
            {"database": {"multiAz": True, "instanceClass": "db.t4g.small"}},
            "!! DOWNTIME       Instance database: interrupted at once (instanceClass): the "
            "standby takes over, typically in 60 to 120 seconds",
        ),
        (
            {},
            {"services.worker": ABSENT},
            "!! DOWNTIME       Service worker: its tasks stop; deleted",
        ),
        (
            {"services.pricing": {**INTERNAL, "port": 3000}},
            {"services.pricing": {**INTERNAL, "port": 4000}},
            "!! DOWNTIME       Service pricing: its port moves from 3000 to 4000: callers with the "
            "one port do not reach tasks with the other until the deployments of all of them are "
            "complete. ",
        ),
        (
            {},
            {"domain": "other.example.com"},
            "!! DOWNTIME       Record edge-staging.example.com-A: its name does not resolve; "
            "deleted",
        ),
        (
            {},
            {"network": {"cidr": "10.99.0.0/16"}},
            "!! REFUSED        plataforma:network: another VPC would take the place of this one",
        ),
        (
            {},
            {"region": "us-east-1"},
            "!! REFUSED        plataforma:region can't change from eu-west-1 to us-east-1: what "
            "exists stays in eu-west-1",
        ),
        (
            {},
            {"services.backend.rollout": {"strategy": "codedeploy"}},
            "!! REFUSED        plataforma:services.backend: rollout.strategy can't change",
        ),
    ],
)  # fmt: skip
def test_what_a_change_costs_comes_first(
    before: dict[str, Any], edit: dict[str, Any], expected: str
):
    plan = change(edit, before)
    assert any(line.startswith(expected) for line in costs(plan)), costs(plan)
    lines = printed(plan)
    assert lines[1 : 1 + len(costs(plan))] == costs(plan)


def test_the_port_of_a_service_behind_the_load_balancer_moves_without_an_outage():
    assert not [line for line in costs(change({"services.backend.port": 3001})) if "DOWN" in line]


def test_the_files_and_arguments_by_which_an_image_is_built_anew_are_named(tmp_path: Path):
    plan = plan_of(BASE)
    (image,) = (one for one in plan.of_type(IMAGE) if one.name == "backend")
    build = {"context": ".", "dockerfile": "Dockerfile", "args": {"NODE": "22"}}
    small = replace(plan, resources=(replace(image, inputs={**image.inputs, "build": build}),))
    for name in ("Dockerfile", "kept.ts", "gone.ts", "main.ts"):
        (tmp_path / name).write_text("FROM scratch\n")
    old = with_contexts(small, tmp_path)
    (tmp_path / "main.ts").write_text("// changed\n")
    (tmp_path / "new.ts").touch()
    (tmp_path / "gone.ts").unlink()
    (now,) = with_contexts(small, tmp_path).resources
    build = {**now.inputs["build"], "args": {"NODE": "24"}}
    new = replace(small, resources=(replace(now, inputs={**now.inputs, "build": build}),))
    files = "gone.ts removed, main.ts changed, new.ts added"
    line = f"  ~ Image backend  build.args.NODE: 22 → 24, {files}"
    assert line in printed(compare(new, old, "HEAD"))


def test_of_a_large_change_what_is_alike_is_told_once():
    """Parts that change alike are one, and so is what costs the same."""
    on = {
        "monitoring": {
            "mode": "self-hosted",
            "alerting": {
                "receivers": {"team": {"sns": True}},
                "default": "team",
                "runbooksUrl": "https://example.com/",
                "grafanaUrl": "https://example.com",
            },
        },
        "secrets.GRAFANA_ADMIN_PASSWORD": "ssm:/grafana",
    }
    logs = {f"services.{name}.logDriver": "awsfirelens" for name in ("backend", "worker")}
    plan = change({"monitoring": {"mode": "off"}, **dict.fromkeys(logs, "awslogs")}, {**on, **logs})
    lines = printed(plan)
    assert len(lines) <= 60
    assert (
        "!! DATA LOST      4 LogGroup prometheus, alertmanager, loki, grafana: the log group and "
        "its lines; deleted"
    ) in lines
    assert "      containerDefinitions[worker].logConfiguration.options: 6 properties" in lines
    images = lines.index("image fluent-bit, exporters, prometheus, alertmanager, loki, grafana")
    assert lines[images + 1] == "  - Image <each>"
    assert "image loki" in printed(plan, full=True)


def test_many_changes_of_a_kind_are_counted_and_full_lists_each():
    plan = change({"network": {"cidr": "10.99.0.0/16"}})
    assert "  ± 9 Subnet  cidrBlock, vpcId" in printed(plan)
    subnets = [line for line in printed(plan, full=True) if "± Subnet " in line]
    assert len(subnets) == 9


def test_a_new_stack_and_an_unchanged_one_are_told_by_their_parts():
    plan = plan_of(BASE)
    for one, headline in (
        (plan, "staging: 145 resources, all new"),
        (compare(plan, plan, "HEAD"), "staging: nothing changes, 145 unchanged; against HEAD"),
    ):
        lines = printed(one)
        assert lines[0] == headline
        assert (
            "  database         PostgreSQL 17, db.t4g.medium, 20-100 GiB, one zone; 12 resources"
            in (lines)
        )
        assert len(lines) <= SCREEN


def test_broken_rules_are_told_before_the_verdict():
    broken = (
        Violation("two-tasks", "advisory", "x", "keeps 1 task"),
        Violation("rds-tls", "mandatory", "db", "is open"),
    )
    lines = printed(plan_of(BASE), broken)
    verdict = lines.index("Policy         1 mandatory rule broken: a deployment is refused")
    assert lines.index("policy rds-tls (mandatory): db is open") < verdict
    (advised,) = [one for one in printed(plan_of(BASE), broken[:1]) if one.startswith("Policy")]
    assert advised == "Policy         passes, with 1 advice"


def test_a_secret_is_not_printed():
    text = "hunter2-hunter2"
    plan = change({"services.backend.environment": {"API_TOKEN": text, "URL": f"//x/{text}"}})
    assert text not in "\n".join(printed(plan, full=True))
    assert any("environment[API_TOKEN]" in line for line in printed(plan))


def test_colours_are_for_terminals():
    plan = change(RABBITMQ)
    assert "\x1b" not in "".join(printed(plan))
    on_terminal: dict[str, Any] = {"force_terminal": True, "color_system": "standard"}
    assert "\x1b[1;31m!! MESSAGES LOST" in "".join(printed(plan, **on_terminal))
    assert "\x1b[31m" not in "".join(printed(plan, no_color=True, **on_terminal))


@pytest.mark.parametrize(
    ("edit", "shown", "hidden"),
    [
        (
            {"volumes": {"files": {}}, "services.backend.volumes": {"files": "/data"}},
            "containerDefinitions[backend].mountPoints[1]: unset → /data",
            "…",
        ),
        (
            {"services.backend.secrets": ["API_KEY"]},
            "containerDefinitions[backend].secrets[API_KEY]: unset → from parameter/ops/api-key",
            "containerDefinitions: changed",
        ),
        (
            {"services.backend.route.allowFrom": ["203.0.113.0/24"]},
            "ListenerRule backend: only from 203.0.113.0/24; all others get 403 from then on",
            "…",
        ),
    ],
)
def test_what_is_added_is_shown(edit: dict[str, Any], shown: str, hidden: str):
    text = "\n".join(printed(change(edit)))
    assert shown in text
    assert hidden not in text


def test_only_after_other_resources_there_are_more():
    key = "services.backend.route.allowFrom"
    plan = change({key: []}, before={key: ["203.0.113.0/24"]})
    (line,) = costs(plan)
    assert line.endswith("  1 resource without data: ListenerRule backend-refusal")


def test_the_ending_keeps_to_the_terminals_width():
    out = io.StringIO()
    note = "Needs Fargate vCPUs on demand: 2 to 8, 16 while all deploy (a new account has 6)"
    ending = replace(ENDING, notes=[note])
    plan = change({})
    console = Console(file=out, width=80, highlight=False)
    print_preview(preview_of(plan, ()), parts_of(plan), ending, console)
    _, _, end = out.getvalue().rpartition("Needs")
    assert all(len(line) <= 80 for line in end.splitlines())
    assert end.splitlines()[1].startswith(" " * 15)


def test_the_parts_of_a_kind_are_by_name_and_their_kind_is_said_once():
    config = {"volumes": {"files": {}}, "services.backend.volumes": {"files": "/data"}}
    plan = plan_of(changed({**config, "services.admin": {"image": "backend"}}))
    names = [name for name, _ in parts_of(replace(plan, resources=plan.resources[::-1]))]
    services = [name for name in names if name.startswith("service ")]
    assert services == ["service admin", "service backend", "service worker"]
    assert "volume files" in names
