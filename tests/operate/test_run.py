"""`make run`, against moto."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

from settings.project import ROOT
from tests.delivery.aws_server import tasks_of
from tests.delivery.stack import CLUSTER, Stack
from tests.operate.commands import operate

RUN = ("run", "--service", "backend", "--command")


@pytest.fixture
def networked(stack: Stack) -> Stack:
    network = {
        "cluster": CLUSTER,
        "subnets": [stack.subnet],
        "securityGroups": [stack.group],
        "assignPublicIp": "DISABLED",
    }
    stack.outputs["services"]["backend"]["network"] = network
    stack.outputs["jobs"] = {
        "report": {
            **network,
            "taskDefinition": stack.register("job-report", ["node", "dist/report.js"]),
            "container": "job-report",
        }
    }
    return stack


def ends(code: int, reason: str = "") -> Callable[[], None]:
    """The task's container ends so, which moto cannot."""

    def now() -> None:
        (task,) = tasks_of(CLUSTER)
        setattr(task, "stopped_reason", reason)  # noqa: B010
        task.containers[0].exitCode = code

    return now


def test_a_command_runs_in_a_task_of_the_revision_that_the_service_runs(networked: Stack):
    networked.clock.meanwhile.append(ends(0))
    done = operate(networked, *RUN, "node dist/fix.js --only 'order 7'")
    assert done.code == 0, done.err
    (sent,) = [body for action, body in networked.server.asked if action == "RunTask"]
    assert sent["taskDefinition"] == networked.arn("backend", 1)
    assert sent["overrides"]["containerOverrides"] == [
        {"name": "backend", "command": ["node", "dist/fix.js", "--only", "order 7"]}
    ]
    assert sent["networkConfiguration"]["awsvpcConfiguration"]["subnets"] == [networked.subnet]


def test_its_lines_are_printed_as_they_come_and_once(networked: Stack):
    def log() -> None:
        networked.log("backend", tasks_of(CLUSTER)[0].id, "row 1", "row 2")

    networked.clock.meanwhile += [log, ends(0)]
    done = operate(networked, *RUN, "fix")
    printed = done.out.splitlines()
    assert printed.count("row 1") == printed.count("row 2") == 1
    assert printed.index("row 2") < len(printed) - 1


def test_lines_that_cloudwatch_shows_only_after_the_end_are_printed(networked: Stack):
    def log() -> None:
        networked.log("backend", tasks_of(CLUSTER)[0].id, "why it failed")

    networked.clock.meanwhile += [ends(1), log]
    assert "why it failed" in operate(networked, *RUN, "fix").out


def test_a_task_that_is_followed_no_longer_can_be_stopped_and_is_not_started_again(
    networked: Stack,
):
    done = operate(networked, *RUN, "fix", "--timeout", "0")
    assert done.code == 1
    assert "keeps running. To stop it: aws ecs stop-task" in done.err
    assert "Rerun" not in done.err


def test_the_exit_code_is_that_of_the_command(networked: Stack):
    networked.clock.meanwhile.append(ends(3, "Essential container in task exited"))
    done = operate(networked, *RUN, "fix")
    assert done.code == 3
    assert "backend exited with 3: Essential container in task exited" in done.err


def test_a_job_runs_its_own_command(networked: Stack):
    networked.clock.meanwhile.append(ends(0))
    done = operate(networked, "run", "--job", "report")
    assert done.code == 0, done.err
    (sent,) = [body for action, body in networked.server.asked if action == "RunTask"]
    assert "overrides" not in sent
    assert "report: started task" in done.out


def test_an_interrupt_leaves_the_task_and_says_how_to_stop_it(networked: Stack):
    def interrupt() -> None:
        raise KeyboardInterrupt

    networked.clock.meanwhile.append(interrupt)
    done = operate(networked, *RUN, "fix")
    (task,) = tasks_of(CLUSTER)
    assert done.code == 130
    assert f"aws ecs stop-task --cluster {CLUSTER} --task {task.id}" in done.err


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--service", "bakend", "--command", "x"), "the stack has no such service"),
        (("--service", "backend"), "say what to run in backend"),
        (("--service", "backend", "--command", "a 'b"), "No closing quotation"),
        (("--job", "reprt"), "the stack has no such job. It has: report."),
    ],
)
def test_what_it_cannot_run_it_names(networked: Stack, arguments: tuple[str, ...], problem: str):
    done = operate(networked, "run", *arguments)
    assert done.code == 2
    assert problem in done.err
    assert tasks_of(CLUSTER) == []


def test_outputs_of_an_older_version_need_a_deployment(stack: Stack):
    done = operate(stack, *RUN, "fix")
    assert done.code == 2
    assert "Deploy the stack once" in done.err


@pytest.mark.parametrize("target", ["run", "exec"])
def test_neither_make_nor_the_shell_reads_the_commands_text(target: str):
    text = """node -e 'a "$HOME" $(1) `id`' # $$"""
    printing = ["RUNTIME=", "PYTHON=true", r"RUN=printf '%s\n'", "SERVICE=backend"]
    done = subprocess.run(
        ["make", "--no-print-directory", target, *printing, f"CMD={text}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    words = done.stdout.splitlines()
    assert words[words.index("--command") + 1] == text
