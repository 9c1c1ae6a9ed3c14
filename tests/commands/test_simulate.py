"""`make up`, `refresh`, `destroy` say before and after the engine that they simulate."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from settings.project import ROOT

# Stands for the CLI, whose last lines are the stack's URLs.
ENGINE = """
import os
import sys
from pathlib import Path
from commands import simulate
from simulation import engine

def acts(*_, **__):
    os.write(1, b'urls: https://staging.example.com\\n')
    return int(sys.argv[2])

engine.find_pulumi = lambda: engine.Cli(Path('pulumi'))
engine.up = engine.refresh = engine.destroy = acts
sys.exit(simulate.main([sys.argv[1]]))
"""


@pytest.mark.parametrize(
    ("action", "code", "last"),
    [
        ("up", 0, "nothing was created in AWS, and no address above answers"),
        ("refresh", 0, "AWS was not asked"),
        ("destroy", 0, "nothing was deleted in AWS"),
        ("up", 3, "it failed"),
    ],
)
def test_the_first_and_the_last_line_say_that_it_is_simulated(action: str, code: int, last: str):
    line = [sys.executable, "-c", ENGINE, action, str(code)]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert done.stdout.splitlines() == [
        f"SIMULATION, not AWS: {action} of staging, state in .pulumi-local/",
        "urls: https://staging.example.com",
        f"SIMULATION, not AWS: {action} of staging: {last}",
    ]


@pytest.mark.parametrize(
    ("target", "given", "meant"),
    [("preview", "stack", "STACK"), ("up", "STAK", "STACK"), ("test", "TEIR", "TIER")],
)
def test_a_variable_of_make_that_nothing_reads_is_an_error(target: str, given: str, meant: str):
    line = ["make", "--dry-run", target, f"{given}=prod"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    done = subprocess.run(
        line, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert f"Nothing reads the variable {given}. Did you mean {meant}='prod'?" in done.stderr
    assert done.stdout == ""
