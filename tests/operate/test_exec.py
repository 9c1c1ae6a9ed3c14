"""`make exec`, against moto, with a stand-in of the plugin that notes its arguments."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.delivery.aws_server import Answer, tasks_of
from tests.delivery.stack import CLUSTER, Stack
from tests.operate.commands import operate

EXEC = ("exec", "--service", "backend")


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Writes its arguments to the file, a line each, and ends with 0."""
    told = tmp_path / "told"
    program = tmp_path / "bin" / "session-manager-plugin"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >{told}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return told


def running(stack: Stack, **changed: Any) -> str:
    """The ARN of a task of the service, as ECS describes one that runs."""
    arn = f"arn:aws:ecs:eu-west-1:123456789012:task/{CLUSTER}/0123abcd"
    task = {
        "taskArn": arn,
        "lastStatus": "RUNNING",
        "enableExecuteCommand": True,
        "startedAt": 1790000000,
        "containers": [{"name": "backend", "runtimeId": "0123abcd-1"}],
        **changed,
    }
    stack.server.answer("ListTasks", Answer({"taskArns": [arn]}))
    stack.server.answer("DescribeTasks", Answer({"tasks": [task]}))
    return arn


def test_the_session_is_handed_to_the_plugin(stack: Stack, plugin: Path):
    arn = running(stack)
    session = {"sessionId": "ecs-1", "streamUrl": "wss://x", "tokenValue": "t"}
    stack.server.answer("ExecuteCommand", Answer({"session": session, "taskArn": arn}))
    done = operate(stack, *EXEC)
    assert done.code == 0, done.err
    (sent,) = [body for action, body in stack.server.asked if action == "ExecuteCommand"]
    assert (sent["task"], sent["container"], sent["command"]) == (arn, "backend", "/bin/sh")
    told, region, action, _, target, endpoint = plugin.read_text().splitlines()
    assert json.loads(told) == session
    assert (region, action, endpoint) == ("eu-west-1", "StartSession", stack.server.url)
    assert json.loads(target) == {"Target": f"ecs:{CLUSTER}_0123abcd_0123abcd-1"}


@pytest.mark.usefixtures("plugin")
def test_who_asks_for_a_shell_is_told_what_an_image_without_one_has(stack: Stack):
    arn = running(stack)
    stack.server.answer("ExecuteCommand", Answer({"session": {}, "taskArn": arn}))
    assert "CMD=node" in operate(stack, *EXEC).out
    stack.server.answer("ExecuteCommand", Answer({"session": {}, "taskArn": arn}))
    assert "CMD=node" not in operate(stack, *EXEC, "--command", "node").out


def test_a_stack_without_exec_is_told_which_key_turns_it_on(stack: Stack, plugin: Path):
    running(stack, enableExecuteCommand=False)
    done = operate(stack, *EXEC)
    assert done.code == 2
    assert "plataforma:cluster.exec" in done.err
    assert not plugin.exists()


def test_no_running_task_and_no_such_container_are_named(stack: Stack, plugin: Path):
    assert tasks_of(CLUSTER) == []
    assert "backend has no running task" in operate(stack, *EXEC).err
    running(stack)
    assert "no such container: backend" in operate(stack, *EXEC, "--container", "x").err
    assert not plugin.exists()


def test_without_the_plugin_it_says_what_to_install(stack: Stack, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nowhere")
    done = operate(stack, *EXEC)
    assert done.code == 2
    assert "Install the Session Manager plugin" in done.err
