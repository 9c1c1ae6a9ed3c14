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


class PullRequest(_Answer):
    state: str
    labels: list[Label] = Field(default_factory=list[Label])
