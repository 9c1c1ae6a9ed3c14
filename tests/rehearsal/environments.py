"""The protection rules of GitHub's environments, as `make github` sets them.

Sources: GitHub Docs, "Deployments and environments": one of the required reviewers approves, not
who started the run where self-review is prevented; "protected branches only" admits every branch
where none is protected; a name pattern is matched against GITHUB_REF, and its `*` not with a
slash. GitHub REST API, "Create or update an environment", "Create a deployment branch policy".
"Managing environments for deployment": names ignore case; one that nobody made is made by the job
that names it, without rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Any

from commands.live.github import Call

BRANCH = "refs/heads/"


@dataclass(frozen=True)
class Rules:
    """`patterns`: the names of branches that may deploy; None: all may."""

    reviewers: frozenset[int] = frozenset()
    prevent_self_review: bool = False
    protected_only: bool = False
    patterns: Sequence[str] | None = None

    def may_approve(self, reviewer: int, actor: int) -> bool:
        return reviewer in self.reviewers and not (self.prevent_self_review and reviewer == actor)


@dataclass
class Settings:
    """Those of a repository."""

    environments: dict[str, Rules] = field(default_factory=dict[str, Rules])
    protected: set[str] = field(default_factory=set[str])
    variables: dict[str, str] = field(default_factory=dict[str, str])

    def rules(self, environment: str) -> Rules:
        return self.environments.get(environment.casefold(), Rules())

    def refusal(self, environment: str, ref: str) -> str:
        """Why a run of this ref may not enter the environment; empty where it may."""
        rules, name = self.rules(environment), ref.removeprefix(BRANCH)
        if rules.patterns is not None:
            admitted = any(_matches(name, pattern) for pattern in rules.patterns)
        elif rules.protected_only and self.protected:
            admitted = name in self.protected
        else:
            admitted = True
        said = f'"{name}" is not allowed to deploy to {environment} due to protection rules'
        return "" if admitted else said


def set_by(calls: Iterable[Call]) -> Settings:
    """What these calls of GitHub's CLI leave behind, called in order."""
    found = Settings()
    for call in calls:
        words = call.arguments
        if words[:2] == ("variable", "set") and "--env" not in words:
            found.variables[words[2]] = words[words.index("--body") + 1]
        for path, after in pairwise(words[1:]) if words[0] == "api" else ():
            del after
            if branch := re.fullmatch(r"repos/[^/]+/[^/]+/branches/(.+)/protection", path):
                found.protected.add(branch[1])
            if match := re.fullmatch(r"repos/[^/]+/[^/]+/environments/([^/]+)(/.+)?", path):
                name, body = match[1].casefold(), call.body or {}
                before = found.environments.get(name, Rules())
                found.environments[name] = _changed(before, match[2] or "", body)
    return found


def _changed(before: Rules, path: str, body: Mapping[str, Any]) -> Rules:
    if path == "/deployment-branch-policies":
        return Rules(
            before.reviewers,
            before.prevent_self_review,
            patterns=[*(before.patterns or ()), body["name"]],
        )
    if path:
        raise ValueError(f"environments{path} is not known: add it to {__file__}")
    branches = body.get("deployment_branch_policy") or {}
    return Rules(
        frozenset(reviewer["id"] for reviewer in body.get("reviewers") or ()),
        bool(body.get("prevent_self_review")),
        bool(branches.get("protected_branches")),
        [] if branches.get("custom_branch_policies") else None,
    )


def _matches(name: str, pattern: str) -> bool:
    names, patterns = name.split("/"), pattern.split("/")
    pairs = zip(names, patterns, strict=False)
    return len(names) == len(patterns) and all(fnmatchcase(one, other) for one, other in pairs)
