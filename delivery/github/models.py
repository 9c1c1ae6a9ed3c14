"""What delivery reads of GitHub's answers."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class User(_Answer):
    login: str


class Text(_Answer):
    """A text of somebody. GitHub leaves `user` empty where the account was deleted."""

    body: str | None = None
    user: User | None = None

    def is_by(self, author: str, marker: str) -> bool:
        """Whether `author` wrote it, and it begins with `marker`."""
        is_author = self.user is not None and self.user.login == author
        return is_author and (self.body or "").startswith(marker)


class Comment(Text):
    id: int


class Issue(Text):
    number: int
    pull_request: object | None = None

    @property
    def is_pull_request(self) -> bool:
        return self.pull_request is not None


class Label(_Answer):
    name: str


class Head(_Answer):
    sha: str


class PullRequest(_Answer):
    state: str
    labels: list[Label] = Field(default_factory=list[Label])
    head: Head

    @property
    def label_names(self) -> set[str]:
        return {label.name for label in self.labels}


class ProtectionRule(_Answer):
    type: str


class Environment(_Answer):
    """An environment that deployments are reviewed for."""

    protection_rules: list[ProtectionRule] = Field(default_factory=list[ProtectionRule])

    @property
    def has_reviewers(self) -> bool:
        """GitHub REST API, "Get an environment": a rule of that type has at least one."""
        return any(rule.type == "required_reviewers" for rule in self.protection_rules)
