"""`make logs`, against moto."""

from __future__ import annotations

import pytest

from tests.delivery.stack import Stack
from tests.operate.commands import operate

LOGS = ("logs", "--service", "backend")


def test_the_lines_of_all_tasks_are_printed_and_of_no_other_container(stack: Stack):
    stack.log("backend", "aaaabbbbcccc", "GET /", stream="backend/backend/aaaabbbbcccc")
    done = operate(stack, *LOGS)
    assert done.code == 0, done.err
    (line,) = done.out.splitlines()
    assert line.endswith("aaaabbbb GET /")
    (sent,) = [body for action, body in stack.server.asked if action == "FilterLogEvents"]
    assert sent["logStreamNamePrefix"] == "backend/backend/"


def test_following_prints_new_lines_once_until_it_is_interrupted(stack: Stack):
    stack.log("backend", "t1", "first")

    def write() -> None:
        logs, group = stack.client("logs"), "/plataforma/staging/backend"
        (event,) = logs.filter_log_events(logGroupName=group)["events"]
        later = [{"timestamp": event["timestamp"], "message": "second"}]
        logs.put_log_events(logGroupName=group, logStreamName="backend/backend/t1", logEvents=later)

    def interrupt() -> None:
        raise KeyboardInterrupt

    stack.clock.meanwhile += [write, interrupt]
    done = operate(stack, *LOGS, "--follow")
    assert [line.rpartition(" ")[2] for line in done.out.splitlines()] == ["first", "second"]


def test_following_prints_a_line_that_comes_after_a_newer_one_of_another_task(stack: Stack):
    stack.log("backend", "t1", "newer")

    def write() -> None:
        logs, group = stack.client("logs"), "/plataforma/staging/backend"
        (event,) = logs.filter_log_events(logGroupName=group)["events"]
        late = [{"timestamp": event["timestamp"] - 5_000, "message": "late"}]
        logs.create_log_stream(logGroupName=group, logStreamName="backend/backend/t2")
        logs.put_log_events(logGroupName=group, logStreamName="backend/backend/t2", logEvents=late)

    def interrupt() -> None:
        raise KeyboardInterrupt

    stack.clock.meanwhile += [write, lambda: None, interrupt]
    done = operate(stack, *LOGS, "--follow")
    assert [line.rpartition(" ")[2] for line in done.out.splitlines()] == ["newer", "late"]
    assert (done.code, done.err) == (0, "")


def test_text_to_look_for_is_one_quoted_term(stack: Stack):
    stack.log("backend", "t1", "an error", "fine")
    operate(stack, *LOGS, "--filter", 'code="E1"')
    (sent, *_) = [body for action, body in stack.server.asked if action == "FilterLogEvents"]
    assert sent["filterPattern"] == '"code=\\"E1\\""'


def test_no_line_is_said_and_a_wrong_time_refused(stack: Stack, capsys: pytest.CaptureFixture[str]):
    stack.client("logs").create_log_group(logGroupName="/plataforma/staging/backend")
    assert "no lines in /plataforma/staging/backend" in operate(stack, *LOGS).out
    with pytest.raises(SystemExit):
        operate(stack, *LOGS, "--since", "yesterday")
    assert "90s, 15m, 6h or 2d" in capsys.readouterr().err
