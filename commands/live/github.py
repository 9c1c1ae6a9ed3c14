"""Sets up the repository on GitHub for the pipeline, by GitHub's CLI: `make github`. It can be run
again; ARGS=--dry-run prints the commands.

Sources: GitHub CLI manual, gh-variable-set, gh-label-create; GitHub REST API, "Create or update an
environment", "Update branch protection", "Set default workflow permissions for a repository".
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bootstrap import settings
from bootstrap.access.stacks import EPHEMERAL, IMAGES, PROJECT
from bootstrap.settings import STACK, Settings
from commands.live.account import remote_backend
from settings import stack_config
from settings.problems import SettingsError
from settings.project import ROOT
from settings.service.registries import host
from settings.stack_file import StackFileError

PREVIEW = "preview"


@dataclass(frozen=True)
class Call:
    """One call of gh; `body` is its standard input."""

    arguments: tuple[str, ...]
    body: Mapping[str, Any] | None = None

    def __str__(self) -> str:
        text = "gh " + shlex.join(self.arguments)
        return text if self.body is None else f"{text} <<<'{json.dumps(self.body)}'"


def calls(account: Settings, backend: str, reviewer_id: int) -> Iterator[Call]:
    """All of them, in order: environments admit protected branches, so main is protected first."""
    repository = repository_of(account)
    api = f"repos/{repository}"
    names = list(account.stacks)
    reviewed = [one.name for one in account.environments[1:] if one.approval]
    yield Call(("label", "create", "environment", "--force", "--repo", repository))
    yield _put(f"{api}/actions/permissions/workflow", {"default_workflow_permissions": "read"})
    yield _put(f"{api}/branches/main/protection", PROTECTION)
    for name in names:
        yield _put(f"{api}/environments/{name}", _rules(None))
    for name in reviewed:
        yield _put(f"{api}/environments/{name}-approval", _rules(reviewer_id))
    yield _put(f"{api}/environments/{PREVIEW}", {"deployment_branch_policy": None})
    variables = {"AWS_REGION": account.region, "PULUMI_BACKEND_URL": backend}
    variables |= {
        f"AWS_ROLE_PREVIEW_{name.upper()}": role(account, f"preview-{name}") for name in names
    }
    if account.registry:
        variables |= {
            "AWS_ROLE_IMAGES": role(account, IMAGES),
            "IMAGE_REGISTRY": host(account.registry),
        }
    for variable, value in variables.items():
        yield Call(("variable", "set", variable, "--body", value, "--repo", repository))
    deploy = {name: f"deploy-{name}" for name in names} | {PREVIEW: EPHEMERAL}
    for environment, name in deploy.items():
        value = role(account, name)
        where = ("--env", environment, "--repo", repository)
        yield Call(("variable", "set", "AWS_ROLE_DEPLOY", "--body", value, *where))


PROTECTION = {
    "required_status_checks": {"strict": False, "contexts": ["checks"]},
    "enforce_admins": True,
    "required_pull_request_reviews": {"require_code_owner_reviews": True},
    "restrictions": None,
}


def repository_of(account: Settings) -> str:
    """owner/name, without the ids that the claim of a token may have."""
    owner, _, name = account.repository.partition("/")
    return f"{owner.partition('@')[0]}/{name.partition('@')[0]}"


def role(account: Settings, name: str) -> str:
    """The ARN of a role that bootstrap/ makes."""
    return f"arn:{account.partition}:iam::{account.account}:role/{PROJECT}-{name}"


def _rules(reviewer_id: int | None) -> dict[str, Any]:
    reviewers = [{"type": "User", "id": reviewer_id}] if reviewer_id is not None else []
    return {
        "reviewers": reviewers,
        "prevent_self_review": bool(reviewers),
        "deployment_branch_policy": {"protected_branches": True, "custom_branch_policies": False},
    }


def _put(path: str, body: Mapping[str, Any]) -> Call:
    return Call(("api", "--method", "PUT", path, "--input", "-"), body)


def _run(call: Call) -> str:
    body = None if call.body is None else json.dumps(call.body)
    command = ["gh", *call.arguments]
    done = subprocess.run(command, input=body, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{call}\n{done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def main() -> int:
    args = _options()
    folder = ROOT / "bootstrap"
    try:
        values = stack_config.read(STACK, folder).values
        raw = {key.partition(":")[2]: value for key, value in values.items()}
        account, backend = settings.parse(raw), remote_backend(folder)
        if args.dry_run:
            print(*calls(account, backend, 0), sep="\n")
            return 0
        user = Call(("api", f"users/{args.reviewer}" if args.reviewer else "user", "--jq", ".id"))
        for call in calls(account, backend, int(_run(user))):
            print(" ".join(call.arguments[:4]), flush=True)
            _run(call)
    except FileNotFoundError:
        print("github: GitHub's CLI, gh, is not on PATH: https://cli.github.com", file=sys.stderr)
        return 2
    except (RuntimeError, SettingsError, StackFileError) as error:
        print(f"github: {error}", file=sys.stderr)
        return 1
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make github", description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="print the commands of gh")
    parser.add_argument(
        "--reviewer",
        metavar="LOGIN",
        help="who approves all but the first environment, and not one's own changes (default: you)",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
