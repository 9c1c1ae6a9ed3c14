"""The protection rules of GitHub's environments, as `make github` sets them.

Sources: GitHub Docs, "Deployments and environments": one of the required reviewers approves, not
who started the run where self-review is prevented; "protected branches only" admits every branch
where none is protected; a name pattern is matched against GITHUB_REF, and its `*` not with a
slash. GitHub REST API, "Create or update an environment", "Create a deployment branch policy".
"Managing environments for deployment": names ignore case; one that nobody made is made by the job
that names it, without rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from commands.live.repository_settings import Environment, Setting, Variable

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


def set_by(repository: Sequence[Setting]) -> Settings:
    """What these settings of `make github` leave behind."""
    rules = {
        one.name.casefold(): Rules(
            frozenset(reviewer["id"] for reviewer in one.reviewers),
            prevent_self_review=one.asks and not one.self_review,
            patterns=one.refs,
        )
        for one in repository
        if isinstance(one, Environment)
    }
    variables = {
        one.name: one.value
        for one in repository
        if isinstance(one, Variable) and "/environments/" not in one.holder
    }
    return Settings(rules, variables=variables)


def _matches(name: str, pattern: str) -> bool:
    names, patterns = name.split("/"), pattern.split("/")
    pairs = zip(names, patterns, strict=False)
    return len(names) == len(patterns) and all(fnmatchcase(one, other) for one, other in pairs)
