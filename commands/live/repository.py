"""The settings that the pipeline needs of its repository on GitHub. docs/threat-model.md says which
path each of them closes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bootstrap.access.stacks import EPHEMERAL, IMAGES, PROJECT
from bootstrap.access.trust import PREVIEW, PREVIEW_REMOVAL
from bootstrap.settings import Settings
from commands.live.repository_settings import (
    CodeOwners,
    Document,
    Environment,
    Label,
    Ruleset,
    Setting,
    Subject,
    Variable,
)
from delivery.commands.stacks import preview_role
from delivery.stack_files.environment_file import LABEL
from settings.problems import NAMESPACE
from settings.service.registries import host

PULL_REQUESTS = "refs/pull/*/merge"
"""GITHUB_REF of a pull request's run, which an environment's rules are matched against."""
ACTIONS = "github-actions"
"""The app that reports the checks of workflows."""


def wanted(
    account: Settings,
    backend: str,
    reviewers: Sequence[int],
    actions: int,
    *,
    keeps: bool = True,
) -> Iterator[Setting]:
    """All settings, in order. `reviewers`: ids of the users who are asked where nobody is yet, or,
    if not `keeps`, in place of those who are; `actions`: the id of the app ACTIONS."""
    path = f"/repos/{repository_of(account)}"
    yield Subject(path, account.repository, f"{NAMESPACE}:repository")
    yield from _actions(f"{path}/actions")
    yield Ruleset(path, PROJECT, _rules(actions))
    for environment in _environments(account, f"{path}/environments", reviewers):
        yield replace(environment, keeps=keeps)
    yield Label(path, LABEL)
    yield from _variables(account, backend, path)
    yield CodeOwners(path)


def _actions(path: str) -> Iterator[Setting]:
    yield Document(
        "Actions",
        f"{path}/permissions/workflow",
        {"default_workflow_permissions": "read", "can_approve_pull_request_reviews": False},
        "a workflow's token would have rights that its file does not ask for.",
    )
    yield Document(
        "Actions",
        f"{path}/permissions",
        {"sha_pinning_required": True},
        "an action could change under its tag.",
        kept=("enabled", "allowed_actions"),
    )
    yield Document(
        "Actions",
        f"{path}/permissions/fork-pr-contributor-approval",
        {"approval_policy": "all_external_contributors"},
        "a fork's pull request would run before anybody has read it.",
    )
    yield Document(
        "OIDC",
        f"{path}/oidc/customization/sub",
        {"use_default": True},
        "the roles in AWS trust the default form of `sub`.",
        kept=("use_immutable_subject",),
    )


def _rules(actions: int) -> list[dict[str, object]]:
    review = {
        "required_approving_review_count": 1,
        "require_code_owner_review": True,
        "require_last_push_approval": True,
        "dismiss_stale_reviews_on_push": True,
        "required_review_thread_resolution": False,
    }
    checks = {
        "required_status_checks": [{"context": "checks", "integration_id": actions}],
        "strict_required_status_checks_policy": False,
    }
    return [
        {"type": "deletion"},
        {"type": "non_fast_forward"},
        {"type": "pull_request", "parameters": review},
        {"type": "required_status_checks", "parameters": checks},
    ]


def _environments(account: Settings, path: str, reviewers: Sequence[int]) -> Iterator[Environment]:
    """What trusts a name trusts these rules. Approvals have environments of their own."""
    people = [{"type": "User", "id": reviewer} for reviewer in reviewers]
    for name in account.stacks:
        yield Environment(f"{path}/{name}", name, ["main"])
    for name in (f"{one.name}-approval" for one in account.environments[1:] if one.approval):
        why = "nobody would be asked before a deployment."
        yield Environment(f"{path}/{name}", name, ["main"], asks=True, reviewers=people, why=why)
    yield Environment(
        f"{path}/{PREVIEW}",
        PREVIEW,
        [PULL_REQUESTS],
        asks=True,
        self_review=True,
        reviewers=people,
        why=f"any pushed branch gets the role {EPHEMERAL}, with or without the label.",
    )
    yield Environment(f"{path}/{PREVIEW_REMOVAL}", PREVIEW_REMOVAL, ["main"])


def _variables(account: Settings, backend: str, path: str) -> Iterator[Setting]:
    names = list(account.stacks)
    values = {"AWS_REGION": account.region, "PULUMI_BACKEND_URL": backend}
    values |= {preview_role(name): role(account, f"preview-{name}") for name in names}
    if account.registry:
        values["AWS_ROLE_IMAGES"] = role(account, IMAGES)
        values["IMAGE_REGISTRY"] = host(account.registry)
    for name, value in values.items():
        yield Variable(f"{path}/actions", name, value)
    deploy = {name: f"deploy-{name}" for name in names}
    if account.ephemeral:
        deploy |= {PREVIEW: EPHEMERAL, PREVIEW_REMOVAL: EPHEMERAL}
    for environment, name in deploy.items():
        holder = f"{path}/environments/{environment}"
        where = f"environment {environment}"
        yield Variable(holder, "AWS_ROLE_DEPLOY", role(account, name), where)


def repository_of(account: Settings) -> str:
    """owner/name, without the ids that the claim of a token may have."""
    owner, _, name = account.repository.partition("/")
    return f"{owner.partition('@')[0]}/{name.partition('@')[0]}"


def role(account: Settings, name: str) -> str:
    """The ARN of a role that bootstrap/ makes."""
    return f"arn:{account.partition}:iam::{account.account}:role/{PROJECT}-{name}"
