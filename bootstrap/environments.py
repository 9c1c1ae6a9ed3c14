"""The permanent environments, in the order of promotion: the one list that the pipeline reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from settings import stack_file
from settings.problems import NAMESPACE

FILE = Path("bootstrap/Pulumi.account.yaml")
_KEY = f"{NAMESPACE}:environments"


def names_in(project: Path) -> list[str]:
    """Their names. Errors: StackFileError where the account's stack file lists none."""
    config = cast(dict[str, Any], stack_file.load(project / FILE).get("config") or {})
    listed = config.get(_KEY)
    if not isinstance(listed, list) or not listed:
        raise stack_file.StackFileError(f"{FILE}: {_KEY} lists no environment")
    return [str(environment["name"]) for environment in cast(list[dict[str, Any]], listed)]
