"""The permanent environments, in the order of promotion: the one list that the pipeline reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from settings import stack_file
from settings.problems import NAMESPACE

FILE = Path("bootstrap/Pulumi.account.yaml")
_KEY = f"{NAMESPACE}:environments"


def names_in(project: Path) -> list[str]:
    """Their names. Errors: StackFileError where the account's stack file lists none."""
    return [str(environment["name"]) for environment in _listed(_config(project))]


def reviewed_in(project: Path) -> list[str]:
    """Those whose deployments wait for reviewers: all but the first, and those that say otherwise.

    Errors: StackFileError."""
    later = _listed(_config(project))[1:]
    return [str(one["name"]) for one in later if one.get("approval", True)]


def previewed_in(project: Path) -> list[str]:
    """Those whose real preview runs on pull requests. Errors: StackFileError."""
    config = _config(project)
    wanted = cast(Sequence[str], config.get(f"{NAMESPACE}:pullRequestPreviews") or ())
    return [str(one["name"]) for one in _listed(config) if one["name"] in wanted]


def _config(project: Path) -> Mapping[str, Any]:
    return cast(dict[str, Any], stack_file.load(project / FILE).get("config") or {})


def _listed(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    listed = config.get(_KEY)
    if not isinstance(listed, list) or not listed:
        raise stack_file.StackFileError(f"{FILE}: {_KEY} lists no environment")
    return cast(list[dict[str, Any]], listed)
