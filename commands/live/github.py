"""Sets up the repository on GitHub for the pipeline: `make github`. It can be run again;
ARGS=--check says what differs, and changes nothing. The token is GITHUB_TOKEN, or that of GitHub's
CLI (`gh auth login`); its owner administers the repository.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bootstrap import settings
from bootstrap.settings import STACK, Settings
from commands.live.account import remote_backend
from commands.live.repository import ACTIONS, repository_of, wanted
from commands.live.repository_settings import REFUSED, Environment, Problem, Setting
from delivery.github.client import API, Client, GitHubError
from delivery.shared.clock import SystemClock
from delivery.shared.errors import DeliveryError
from settings import stack_config
from settings.problems import SettingsError, own_values
from settings.project import ROOT
from settings.stack_file import StackFileError

UNAUTHORIZED = 401
ADMINISTRATOR = "It takes an administrator of the repository, and no rule of the organization."
PLAN = (
    "A private repository has required reviewers with GitHub Enterprise alone. The environment is "
    "closed to every branch until it has some."
)


def problems(account: Settings, backend: str, github: Client) -> list[Problem]:
    """What differs from the wanted settings, and which GitHub does not tell.

    Errors: DeliveryError where GitHub can't be reached, or does not know the token."""
    settings_ = wanted(account, backend, (), _id(github, f"/apps/{ACTIONS}"))
    return [problem for setting in settings_ for problem in _problems(setting, github)]


def _problems(setting: Setting, github: Client) -> Iterator[Problem]:
    try:
        yield from setting.problems(github)
    except GitHubError as error:
        if error.status == UNAUTHORIZED:
            raise
        yield Problem(_name(setting), f"not looked up: {error}")


def apply(account: Settings, backend: str, github: Client, logins: Sequence[str]) -> None:
    """Goes on where one fails, so that each environment is at least closed.

    Errors: DeliveryError with all that failed."""
    failed = list[str]()
    users = [f"/users/{login}" for login in logins] or ["/user"]
    reviewers = [_id(github, user) for user in users]
    actions = _id(github, f"/apps/{ACTIONS}")
    for setting in wanted(account, backend, reviewers, actions, keeps=not logins):
        print(_name(setting), flush=True)
        try:
            setting.apply(github)
        except GitHubError as error:
            is_review = isinstance(setting, Environment) and setting.asks
            advice = PLAN if is_review and error.status == REFUSED else ADMINISTRATOR
            failed.append(f"{error} {advice}")
    if failed:
        raise DeliveryError("\n".join(failed))


def _name(setting: Setting) -> str:
    names = (getattr(setting, name, "") for name in ("name", "path", "repository"))
    return f"{type(setting).__name__.lower()} {next(filter(None, names), '')}"


def _id(github: Client, path: str) -> int:
    return int(github.get(path, dict[str, Any])["id"])


def client(environment: Mapping[str, str]) -> Client | None:
    """None where there is no token."""
    token = environment.get("GITHUB_TOKEN") or environment.get("GH_TOKEN") or _token_of_gh()
    api = environment.get("GITHUB_API_URL") or API
    return Client(api, token, SystemClock()) if token else None


def _token_of_gh() -> str:
    try:
        done = subprocess.run(["gh", "auth", "token"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def account_of(folder: Path) -> tuple[Settings, str]:
    """The account's settings, and the address of its state.

    Errors: SettingsError, StackFileError."""
    values = stack_config.read(STACK, folder).values
    return settings.parse(own_values(values)), remote_backend(folder)


def main() -> int:
    args = _options()
    try:
        account, backend = account_of(ROOT / "bootstrap")
        github = client(os.environ)
        if github is None:
            print("github: no token: `gh auth login`, or set GITHUB_TOKEN", file=sys.stderr)
            return 2
        if not args.check:
            apply(account, backend, github, args.reviewer)
        left = problems(account, backend, github)
    except (DeliveryError, SettingsError, StackFileError) as error:
        print(f"github: {error}", file=sys.stderr)
        return 1
    print(*left, f"{repository_of(account)}: {len(left)} to do", sep="\n")
    return int(bool(left))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make github", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing")
    parser.add_argument(
        "--reviewer",
        nargs="+",
        default=(),
        metavar="LOGIN",
        help="who approve deployments of all but the first environment, which takes two since "
        "nobody approves their own, and of pull requests' environments (default: those who do, or "
        "you where nobody does)",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
