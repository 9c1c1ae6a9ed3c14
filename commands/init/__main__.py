"""Makes a clone a team's own, by ten questions or a file with their answers: `make init`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from commands.init import answers as answers_file
from commands.init import questions
from commands.init.answers import FILE, AnswerError, Answers
from commands.init.apply import RenderError, Report, apply, format_code, render
from commands.init.rename import RenameError
from settings.project import ROOT
from settings.stack_file import StackFileError

NO_TERMINAL = (
    "there is no terminal to ask at. Give a file with the answers: make init ANSWERS=init.yaml. It "
    "may be empty: each answer has a default. Keys: "
)


def main() -> int:
    args = _options()
    try:
        answers = _answers(args.answers, ROOT)
        report = apply(ROOT, answers)
    except (AnswerError, RenameError, StackFileError) as error:
        print(f"init: {str(error).replace(chr(10), chr(10) + 'init: ')}", file=sys.stderr)
        return 2
    format_code(ROOT)
    if not args.without_rendering:
        print("Rendering the schema, task definitions, rules and workflows ...", flush=True)
        try:
            render(ROOT)
        except RenderError as error:
            print(f"init: {error}\ninit: mend that, then run `make rendered`", file=sys.stderr)
            return 1
    _print(report, answers)
    return 0


def _answers(file: Path | None, project: Path) -> Answers:
    """Those of the file; without one they are asked for, beginning with those of the last time."""
    if file is not None:
        if not file.is_file():
            raise AnswerError(f"{file} does not exist.")
        return answers_file.read(file)
    if not sys.stdin.isatty():
        raise AnswerError(NO_TERMINAL + ", ".join(Answers.model_fields) + ".")
    last = project / FILE
    defaults = answers_file.read(last) if last.is_file() else questions.defaults_for(project)
    return questions.ask(defaults)


def _print(report: Report, answers: Answers) -> None:
    if report.renamed:
        print(f"renamed in {report.renamed} files: the project is {answers.project}")
    for word in ("written", "removed", "kept"):
        for path in getattr(report, word):
            print(f"{word:8} {path}{' (edited since)' if word == 'kept' else ''}")
    first = answers.environments[0]
    print("\nNext:")
    print(f"  make preview STACK={first}    # what it would create")
    print(f"  make doctor STACK={first}     # what is missing before the first deployment")
    print("  git add --all && git commit --message 'Make it ours [skip ci]'")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make init", description=__doc__)
    parser.add_argument("--answers", type=Path, metavar="FILE", help="a file like init.yaml")
    parser.add_argument(
        "--without-rendering", action="store_true", help="leave that to `make rendered`"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
