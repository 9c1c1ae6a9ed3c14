"""Prints which jobs of the pipeline a pull request needs, as lines for GITHUB_OUTPUT. A job is
needed where the pull request changes a file that it reads. Without --base, as on main, every job
is needed, unless --unless-passed names a commit whose files have passed before they were merged."""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from delivery.context import Context
from delivery.github.markdown import code
from delivery.github.passed import passed_run
from delivery.github.repository import connect
from delivery.shared import options
from delivery.shared.errors import DeliveryError, InputError

APPLICATIONS = ("api", "worker", "web")
JOBS = ("program", "containers", "images", "pipeline", "preview")
EVERYTHING = " ".join((*APPLICATIONS, *JOBS))

# The jobs that read a path. The first matching row counts; `*` matches slashes too. A path that
# matches no row concerns every job.
CONCERNS: Mapping[str, str] = {
    ".github/*": EVERYTHING,
    "Makefile": EVERYTHING,
    "pyproject.toml": EVERYTHING,
    "requirements*": EVERYTHING,
    # .github/actions/setup installs these versions.
    ".nvmrc": EVERYTHING,
    ".python-version": EVERYTHING,
    # The images leave tests and benchmarks out; the program's tests read the rest (test_contract).
    # Both applications' tests use the cases for clients of RabbitMQ.
    "api/tests/support/*": "api worker",
    "api/tests/*": "api",
    "api/benchmarks/*": "api",
    "api/migrations/*": "api worker program containers images",
    # The web client's types are generated from it.
    "api/openapi.json": "api web program containers images",
    "api/*": "api program containers images",
    "worker/tests/*": "worker",
    "worker/benchmarks/*": "worker",
    "worker/*": "worker program containers images",
    "web/tests/*": "web",
    "web/*": "web program containers images",
    "images/*": "program containers images",
    "infra/nginx/*": "program containers images",
    "infra/pull-request.yml": "program pipeline",
    "infra/*": "program containers",
    ".dockerignore": "program containers images",
    "docker-compose.prod.yml": "program containers",
    ".env.production.example": "program containers",
    "monitoring/prometheus/tests/*": "program",
    "monitoring/*": "program containers images preview",
    # They render the Alertmanager configuration and the rules of docker-compose.prod.yml too.
    "rendering/*": "program containers images preview",
    "settings/*": "program containers images pipeline preview",
    # Containers run the task definitions that the program renders.
    "components/*": "program containers images preview",
    "resource_types/*": "program containers images pipeline preview",
    "simulation/*": "program containers images pipeline preview",
    "__main__.py": "program containers images pipeline preview",
    "Pulumi*.yaml": "program containers images pipeline preview",
    "limits/*": "program containers images pipeline preview",
    "policies/*": "program containers images preview",
    "prices/*": "program containers preview",
    "commands/*": "program containers pipeline preview",
    "delivery/*": "program images pipeline preview",
    # The pipeline's list of environments.
    "bootstrap/Pulumi.account.yaml": "program pipeline preview",
    "bootstrap/environments.py": "program pipeline preview",
    "bootstrap/*": "program",
    "benchmarks/*": "program",
    "stack.schema.json": "program",
    "tests/containers/*": "program containers",
    "tests/browser/*": "program containers",
    "tests/conftest.py": "program containers pipeline",
    "tests/walkthrough/*": "program pipeline",
    "tests/delivery/*": "program pipeline",
    "tests/support/*": "program containers pipeline",
    "tests/*": "program",
    # Tests compare runbooks and the config reference with the program.
    "docs/*": "program",
    ".ci/*": "program",
    # Pages and dotfiles of the repository.
    "CHANGELOG.md": "program",
    "CONTRIBUTING.md": "program",
    "README.md": "program",
    "SECURITY.md": "program",
    ".devcontainer/*": "program",
    ".editorconfig": "program",
    ".gitattributes": "program",
    ".gitignore": "program",
    ".pre-commit-config.yaml": "program",
    ".trivyignore.yaml": "program",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--base",
        metavar="SHA",
        help="the base branch's commit; empty or absent: every job is needed",
    )
    parser.add_argument(
        "--head",
        metavar="SHA",
        default="HEAD",
        help="the pull request's commit (default: %(default)s)",
    )

    parser.add_argument(
        "--unless-passed",
        default="",
        metavar="SHA",
        help="without --base: no job is needed if GitHub knows a run, of the merge queue or of the "
        "pull request, in which the files of this commit of main passed",
    )
    options.add_repository(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    if args.base:
        reasons = reasons_of(changed_files(args.base, args.head))
    elif passed := _passed(args, context):
        context.console.summary(f"The files of this commit passed in {passed}.")
        reasons = dict[str, list[str]]()
    else:
        reasons = {job: ["everything"] for job in EVERYTHING.split()}
    context.console.raw(outputs(reasons))
    context.console.summary(_summary(reasons))
    return 0


def _passed(args: argparse.Namespace, context: Context) -> str | None:
    """Whatever GitHub does not answer is tested again. Standard output is GITHUB_OUTPUT, so no
    annotation goes there."""
    if not args.unless_passed:
        return None
    try:
        repository = connect(args.repo, context.environment, context.clock)
        return passed_run(repository, args.unless_passed)
    except DeliveryError as error:
        context.console.summary(f"Every job runs. {error}")
        return None


def changed_files(base: str, head: str) -> list[str]:
    """The paths that differ between `head` and its merge base with `base`. Of a moved file both.

    Errors: InputError where git knows no merge base.
    """
    command = ("git", "diff", "--name-only", "--no-renames", "-z", f"{base}...{head}", "--")
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        raise InputError(
            f"git cannot compare {base} with {head}: {done.stderr.strip()}\n"
            "The whole history is needed: fetch-depth: 0, or `git fetch --unshallow`."
        )
    return [path for path in done.stdout.split("\0") if path]


def concerns(path: str) -> list[str]:
    """Applications and jobs that read the file."""
    matching = (jobs for pattern, jobs in CONCERNS.items() if fnmatchcase(path, pattern))
    return next(matching, EVERYTHING).split()


def reasons_of(paths: Iterable[str]) -> dict[str, list[str]]:
    """Each application and job that is needed, with the changed files that it reads."""
    reasons: dict[str, list[str]] = {}
    for path in paths:
        for job in concerns(path):
            reasons.setdefault(job, []).append(path)
    return reasons


def outputs(needed: Iterable[str]) -> str:
    known = set(needed)
    applications = [application for application in APPLICATIONS if application in known]
    lines = [f"applications={json.dumps(applications)}"]
    lines += [f"{job}={json.dumps(job in known)}" for job in JOBS]
    return "\n".join(lines)


def _summary(reasons: Mapping[str, Sequence[str]]) -> str:
    rows = [f"| {job} | {_files(reasons.get(job, ()))} |" for job in EVERYTHING.split()]
    return "\n".join(["### Needed jobs", "", "| Job | Changed files |", "|---|---|", *rows])


def _files(paths: Sequence[str]) -> str:
    if not paths:
        return "not needed"
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return code(paths[0]) + more
