"""The signals of a cancelled step reach the CLI, which so unlocks its stack."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from settings.project import ROOT
from tests.rehearsal.signals import cancel
from tests.support import interrupts

CLI = """\
#!/bin/bash
trap 'echo INT >>{said}' INT
trap 'echo TERM >>{said}; exit 3' TERM
echo ready
while :; do read -t 0.05 <> <(:) || :; done
"""
CALLS = "from delivery.shared.pulumi_cli import pulumi; pulumi('up', shown=True)"


def test_both_signals_are_passed_on(tmp_path: Path):
    said = tmp_path / "said"
    (tmp_path / "pulumi").write_text(CLI.format(said=said))
    (tmp_path / "pulumi").chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    with (
        interrupts.handled(),
        subprocess.Popen(
            [sys.executable, "-c", CALLS],
            cwd=ROOT,
            env={**os.environ, "PATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process,
    ):
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == b"ready\n"
        cancel(process, ((signal.SIGINT, 0.3), (signal.SIGTERM, 60.0)))
        assert process.returncode == 1
        assert b"pulumi up failed" in process.stderr.read()
    assert said.read_text() == "INT\nTERM\n"
