"""What the scan of the images leaves out has a reason, and counts again after its date."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from commands import scan_ignores
from settings.project import ROOT

TODAY = date(2026, 11, 27)
REASON = "the parser that it is in is never called"


def said(folder: Path, entry: str) -> list[str]:
    file = folder / ".trivyignore.yaml"
    file.write_text(f"vulnerabilities:\n  - {{{entry}}}\n")
    return list(scan_ignores.problems(file, TODAY))


@pytest.mark.parametrize("day", ["2026-11-28", "2027-02-25"])
def test_a_reason_and_a_date_are_enough(tmp_path: Path, day: str) -> None:
    entry = f"id: CVE-2026-1, statement: {REASON}, expired_at: {day}"
    assert said(tmp_path, entry) == []
    assert said(tmp_path, f"{entry}, purls: ['pkg:npm/tar'], paths: ['**/tar']") == []


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (
            f"id: CVE-2026-1, statement: {REASON}, expired_at: 2026-11-27",
            "CVE-2026-1 expired on 2026-11-27: update what has it",
        ),
        (
            f"id: CVE-2026-1, statement: {REASON}, expired_at: 2027-02-26",
            "CVE-2026-1: expired_at is more than 90 days away",
        ),
        (f"id: CVE-2026-1, statement: {REASON}", "vulnerabilities.0.expired_at: Field required"),
        ("id: CVE-2026-1, expired_at: 2026-12-01", "vulnerabilities.0.statement: Field required"),
        (
            "id: CVE-2026-1, statement: later, expired_at: 2026-12-01",
            "vulnerabilities.0.statement: String should have at least 20 characters",
        ),
        (
            f"id: CVE-2026-1, reason: x, statement: {REASON}, expired_at: 2026-12-01",
            "vulnerabilities.0.reason: Extra inputs are not permitted",
        ),
    ],
)
def test_an_entry_is_refused(tmp_path: Path, entry: str, problem: str) -> None:
    (line,) = said(tmp_path, entry)
    assert line.startswith(".trivyignore.yaml: ")
    assert problem in line


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / ".trivyignore.yaml"
    assert scan_ignores.main([str(file)]) == 1
    file.write_text("vulnerabilities: [\n")
    assert scan_ignores.main([str(file)]) == 1


def test_make_lint_checks_the_file() -> None:
    assert "commands.scan_ignores" in (ROOT / "Makefile").read_text()
