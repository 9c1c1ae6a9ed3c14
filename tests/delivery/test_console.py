"""How commands speak: help, exit codes, GitHub's annotations."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from delivery.__main__ import COMMANDS, main
from delivery.aws.clients import connect
from delivery.context import Context
from delivery.github.markdown import code
from delivery.shared.console import Console
from settings.project import ROOT
from tests.delivery.stack import Stack, run


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert len(capsys.readouterr().out) > 200


@pytest.mark.parametrize(
    "command", ["migrate", "rollout", "rollback", "restart", "scale", "comment", "drift", "sweep"]
)
def test_what_changes_something_has_a_dry_run(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    assert "--dry-run" in capsys.readouterr().out


def test_as_a_process_of_its_own(tmp_path: Path) -> None:
    line = [sys.executable, "-m", "delivery", "rollout", "--state", str(tmp_path / "absent")]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "absent cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


def test_commands_start_without_the_program_and_without_aws_clients() -> None:
    """A command that previews, or calls AWS, imports these when it does."""
    slow = ("boto3", "components", "pulumi_aws", "simulation.engine", "simulation.process")
    program = f"""
import sys
from delivery.__main__ import parser
parser()
print(*(name for name in {slow} if name in sys.modules))
"""
    line = [sys.executable, "-c", program]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_only_the_called_command_is_imported() -> None:
    program = (
        "import sys; from delivery.__main__ import parser; parser(['smoke']); print(*sys.modules)"
    )
    line = [sys.executable, "-c", program]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name for name in done.stdout.split() if name.startswith("delivery.commands.")}
    assert loaded == {"delivery.commands.smoke"}


def test_annotations_only_in_actions() -> None:
    plain, actions = io.StringIO(), io.StringIO()
    Console(plain, io.StringIO(), {}).error("50% is\nbad")
    Console(actions, io.StringIO(), {"GITHUB_ACTIONS": "true"}).error("50% is\nbad")
    assert plain.getvalue() == ""
    assert actions.getvalue() == "::error::50%25 is%0Abad\n"


def test_a_log_line_is_no_workflow_command() -> None:
    """What an application writes is printed; it must not speak to the runner."""
    out = io.StringIO()
    console = Console(out, io.StringIO(), {"GITHUB_ACTIONS": "true"})
    for line in ("  ::add-mask::x", "::stop-commands::y", "##[group]z", "a ::error::b"):
        console.line(line)
    assert not any(line.lstrip().startswith(("::", "##[")) for line in out.getvalue().splitlines())
    assert "a ::error::b" in out.getvalue()


def test_no_credentials_at_all(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clients of this process are made before: a new one looks for credentials, in vain."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(stack.folder / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(stack.folder / "none"))
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
    console = Console(out := io.StringIO(), err := io.StringIO(), {})
    context = Context(console, connect=lambda region: connect(region, stack.server.url))
    assert main(["migrate", "--outputs", str(stack.write_outputs())], context) == 2
    assert "There are no AWS credentials" in err.getvalue()
    assert "Traceback" not in out.getvalue()


def test_a_code_span_holds_its_text() -> None:
    assert code("a`b\n c") == "`a'b c`"
    assert code("") == "`?`"
    assert len(code("x" * 500)) == 122


def test_unknown_arguments_are_wrong_input(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["rollout", "--nope"])
    assert ended.value.code == 2
    assert "--state" in capsys.readouterr().err
