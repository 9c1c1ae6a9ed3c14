"""parliament, a linter of IAM policies.

It asks setuptools' `pkg_resources` where its own files are, which newer ones lack: a stand-in
answers while it is imported.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any


def _imported() -> Any:
    spec = importlib.util.find_spec("parliament")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent
    stand_in = ModuleType("pkg_resources")

    def resource_filename(_package: str, name: str) -> str:
        return str(folder / name)

    stand_in.__dict__["resource_filename"] = resource_filename
    kept = sys.modules.get("pkg_resources")
    sys.modules["pkg_resources"] = stand_in
    try:
        return importlib.import_module("parliament")
    finally:
        del sys.modules["pkg_resources"]
        if kept is not None:
            sys.modules["pkg_resources"] = kept


_parliament = _imported()


def findings(policy: str) -> list[Any]:
    """Its findings in a document: each with `issue`, `detail` and `location`."""
    return _parliament.analyze_policy_string(policy).findings


def access_levels() -> Mapping[str, str]:
    """The access level of each action: Read, List, Write, Tagging or Permissions management."""
    return dict(_levels())


def _levels() -> Iterator[tuple[str, str]]:
    for service in _parliament.iam_definition:
        for privilege in service["privileges"]:
            yield f"{service['prefix']}:{privilege['privilege']}", privilege["access_level"]
