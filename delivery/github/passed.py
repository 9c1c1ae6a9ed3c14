"""Whether the files of a commit of main have passed the checks already, before they were merged.

Its pull request ran only the jobs that read its changes, so the commit before it must have passed
as well. The pull request's run tested its merge with main as it was then: the same files if its
branch contains the commit before, and has the tree that was merged. Whatever is not so, as after a
merge of a branch that was behind, counts as not passed.

Source: GitHub REST API, "List pull requests associated with a commit", "Get a commit object",
"Compare two commits", "List workflow runs for a workflow", "List check runs for a Git reference".
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from delivery.github.repository import Repository

WORKFLOW = "cicd.yml"
CHECK = "checks"
ACTIONS = "github-actions"


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Object(_Answer):
    sha: str


class _Commit(_Answer):
    tree: _Object
    parents: list[_Object]


class _Base(_Answer):
    ref: str


class _Merged(_Answer):
    """A pull request, as listed for its merge commit."""

    number: int
    base: _Base
    head: _Object
    merge_commit_sha: str | None = None


class _Comparison(_Answer):
    behind_by: int


class _Run(_Answer):
    html_url: str


class _Runs(_Answer):
    workflow_runs: list[_Run]


class _App(_Answer):
    slug: str


class _CheckRun(_Answer):
    conclusion: str | None = None
    app: _App


class _CheckRuns(_Answer):
    check_runs: list[_CheckRun] = Field(default_factory=list[_CheckRun])


def passed_run(repository: Repository, commit: str, branch: str = "main") -> str | None:
    """The address of the run in which the commit's files passed; None where there is none.

    Errors: GitHubError.
    """
    if run := _run_of(repository, "merge_group", commit):
        return run if _parent_passed(repository, _commit(repository, commit)) else None
    found = _commit(repository, commit)
    if not _parent_passed(repository, found):
        return None
    for pull in repository.listed(f"commits/{commit}/pulls", _Merged):
        is_it = pull.merge_commit_sha == commit and pull.base.ref == branch
        if is_it and _has_the_files(repository, pull.head.sha, found):
            return _run_of(repository, "pull_request", pull.head.sha)
    return None


def _parent_passed(repository: Repository, commit: _Commit) -> bool:
    """The first commit of a repository has no parent."""
    if not commit.parents:
        return False
    path = f"commits/{commit.parents[0].sha}/check-runs?check_name={CHECK}&filter=latest"
    runs = [run for run in repository.read(path, _CheckRuns).check_runs if run.app.slug == ACTIONS]
    return bool(runs) and all(run.conclusion == "success" for run in runs)


def _has_the_files(repository: Repository, head: str, merged: _Commit) -> bool:
    """Whether the branch has what was merged, and had all of main before it."""
    if _commit(repository, head).tree.sha != merged.tree.sha:
        return False
    comparison = repository.read(f"compare/{merged.parents[0].sha}...{head}", _Comparison)
    return comparison.behind_by == 0


def _commit(repository: Repository, sha: str) -> _Commit:
    return repository.read(f"git/commits/{sha}", _Commit)


def _run_of(repository: Repository, event: str, head: str) -> str | None:
    query = f"event={event}&head_sha={head}&status=success"
    path = f"actions/workflows/{WORKFLOW}/runs?{query}"
    runs = repository.read(path, _Runs).workflow_runs
    return runs[0].html_url if runs else None
