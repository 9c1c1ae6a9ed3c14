"""How commands end that are stopped, or refused by a stack file: with a line, and no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.test_preview import Repository
from tests.support import interrupts
from tests.support.configs import changed

VALUE = changed({"services.backend.cpu": "much"})
NO_MAPS = "config: {plataforma:images: a, plataforma:secrets: [a], plataforma:services: [a]}"
COMMANDS = {
    "render.taskdefs": "taskdefs: ",
    "preview --engine process": "preview: ",
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository(tmp_path_factory.mktemp("repository"))


def run(repository: Repository, command: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", *f"commands.{command}".split()]
    return subprocess.run(line, cwd=repository.folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_stack_files_problem_is_printed_once(repository: Repository, command: str):
    repository.write(VALUE)
    done = run(repository, command)
    assert done.returncode == 1
    assert done.stderr.startswith(COMMANDS[command])
    assert (done.stdout + done.stderr).count("services.backend.cpu") == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("text", ["config: [a]", NO_MAPS])
@pytest.mark.parametrize("command", COMMANDS)
def test_no_stack_file_ends_in_a_traceback(repository: Repository, command: str, text: str):
    (repository.folder / "Pulumi.staging.yaml").write_text(text)
    done = run(repository, command)
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr


def test_ctrl_c_ends_a_command_in_a_line(repository: Repository):
    """While the program runs in it. A shell's background jobs, maybe these tests, ignore the signal
    until it has a handler."""
    repository.git("checkout", "--quiet", "Pulumi.staging.yaml")
    program = repository.folder / "__main__.py"
    handled = "signal.signal(signal.SIGINT, signal.default_int_handler)"
    program.write_text(f"import signal\n\n{handled}\nsignal.raise_signal(signal.SIGINT)\n")
    done = run(repository, "preview --engine process")
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "\npreview: interrupted\n"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("preview --engine pulumi", "preview: interrupted"),
        ("simulate up", "up: interrupted; run it again"),
    ],
)
def test_ctrl_c_while_the_pulumi_cli_works(
    repository: Repository, tmp_path: Path, command: str, said: str
):
    """A terminal sends it to both; the CLI then ends with an error."""
    cli = tmp_path / "pulumi"
    cli.write_text("#!/bin/sh\ntrap : INT\nkill -INT 0\nexit 1\n")
    cli.chmod(0o755)
    with interrupts.handled():
        done = subprocess.run(
            [sys.executable, "-m", *f"commands.{command}".split()],
            cwd=repository.folder,
            env={**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
            start_new_session=True,
            capture_output=True,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (130, f"\n{said}\n")
