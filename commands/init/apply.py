"""Writes what follows from the answers. A file that was edited since the last time is kept."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from commands.init import answers as answers_file
from commands.init.account_text import account_text, overlay_text
from commands.init.answers import FILE, AnswerError, Answers
from commands.init.rename import own_origin, rename
from commands.init.stack_text import stack_text
from commands.init.starters import starters
from settings import stack_file

RENDERED = ("reference", "workflows", "taskdefs", "rules", "layers")
"""The dashboards hold names alone, which are renamed in them as text."""


class RenderError(Exception):
    """A file could not be rendered."""


@dataclass
class Report:
    """What was done, by path below the project."""

    written: list[str] = field(default_factory=list[str])
    kept: list[str] = field(default_factory=list[str])
    removed: list[str] = field(default_factory=list[str])
    renamed: int = 0


def apply(project: Path, answers: Answers) -> Report:
    """Makes the clone the answers' own. Errors: AnswerError for what a second run can't change."""
    before = answers_file.read(project / FILE) if (project / FILE).is_file() else None
    origin = own_origin(project)
    answers, before = answers.in_repository(origin), before and before.in_repository(origin)
    _refuse_what_is_done(before, answers)
    earlier = files(before) if before else {}
    if before:
        _refuse_to_forget(project, before, answers, earlier)
    report = Report()
    if before is None:
        report.renamed = rename(project, stack_file.project_name(project), answers)
    _write(project, files(answers), earlier, report, first=before is None)
    _remove(project, sorted(set(earlier) - set(files(answers))), earlier, report)
    if before is None:
        _remove_sample_stacks(project, answers, report)
    (project / FILE).write_text(answers_file.text(answers))
    return report


def files(answers: Answers) -> dict[Path, str]:
    """The files that follow from the answers alone, by path below the project."""
    stacks = {stack_file.file_name(name): name for name in answers.environments}
    return {
        **{Path(file): stack_text(answers, name) for file, name in stacks.items()},
        Path("bootstrap/Pulumi.account.yaml"): account_text(answers),
        Path("infra/pull-request.yml"): overlay_text(answers),
        **starters(answers),
    }


def render(project: Path) -> None:
    """Renders what is rendered and committed, with the code as it is after the renaming.

    Errors: RenderError.
    """
    for name in RENDERED:
        command = [sys.executable, "-m", f"commands.render.{name}"]
        done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RenderError(f"`make {name}` failed: {_last_error(done.stderr)}")


def _last_error(stderr: str) -> str:
    """Its last message: what follows the last line that is not indented is of it too."""
    lines = stderr.strip().splitlines() or ["it wrote no error"]
    first = max((n for n, line in enumerate(lines) if not line.startswith(" ")), default=0)
    return "\n".join(lines[first:])


def format_code(project: Path) -> None:
    """Lines end elsewhere with another name."""
    command = [sys.executable, "-m", "ruff", "format", "--quiet", "."]
    subprocess.run(command, cwd=project, check=True)


def _refuse_what_is_done(before: Answers | None, answers: Answers) -> None:
    if before is None:
        return
    for key in ("project", "registry"):
        old, new = getattr(before, key), getattr(answers, key)
        if old != new:
            raise AnswerError(
                f"{key}: is {old} already, and all files say so. Begin with a fresh clone, or keep "
                f"{old}: AWS would make everything anew under another name."
            )


def _refuse_to_forget(
    project: Path, before: Answers, answers: Answers, earlier: Mapping[Path, str]
) -> None:
    """An environment whose stack file would be kept is one of the answers still."""
    for name in sorted(set(before.environments) - set(answers.environments)):
        path = Path(stack_file.file_name(name))
        file = project / path
        if file.is_file() and file.read_text() != earlier[path]:
            raise AnswerError(
                f"environments: {name} is missing, and {path} is not as `make init` wrote it. "
                f"Write [{', '.join(before.environments)}], or delete {path} first."
            )


def _write(
    project: Path,
    wanted: Mapping[Path, str],
    earlier: Mapping[Path, str],
    report: Report,
    *,
    first: bool,
) -> None:
    """The first time samples are replaced; later only what still is as it was written."""
    for path, text in wanted.items():
        file = project / path
        there = file.read_text() if file.is_file() else None
        if there == text:
            continue
        is_starter = path.parts[0] == "images"
        if there is not None and (is_starter or not first) and there != earlier.get(path):
            report.kept.append(str(path))
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        report.written.append(str(path))


def _remove(project: Path, paths: list[Path], earlier: Mapping[Path, str], report: Report) -> None:
    """What an answer asked for before and does not any more, unless it was edited."""
    for path in paths:
        file = project / path
        if file.is_file() and file.read_text() == earlier[path]:
            file.unlink()
            report.removed.append(str(path))
        elif file.is_file():
            report.kept.append(str(path))


def _remove_sample_stacks(project: Path, answers: Answers, report: Report) -> None:
    known = {stack_file.file_name(name) for name in answers.environments}
    for file in sorted(project.glob(stack_file.file_name("*"))):
        if file.name not in known:
            file.unlink()
            report.removed.append(file.name)
