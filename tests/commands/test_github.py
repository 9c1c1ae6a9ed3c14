"""The repository's settings on GitHub: what is missing is said, and set once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from bootstrap import settings
from commands.live import github
from commands.live.repository import PULL_REQUESTS, wanted
from commands.live.repository_settings import Environment, Subject, Variable
from delivery.github.client import Client
from delivery.shared.errors import DeliveryError
from tests.bootstrap import account as committed
from tests.delivery.github_server import TOKEN, Repository
from tests.delivery.github_server import github as served
from tests.delivery.stack import FakeClock
from tests.support.plans import only

BACKEND = "s3://acme-plataforma-state?region=eu-west-1"
ROLE = "aws:iam/role:Role"
ACCOUNT = settings.parse(committed.raw())
FIRST, LAST = ACCOUNT.environments[0].name, ACCOUNT.environments[-1].name
APPROVAL = f"{LAST}-approval"


@pytest.fixture
def repository() -> Iterator[Repository]:
    with served() as repository:
        yield repository


def client(repository: Repository) -> Client:
    return Client(repository.url, TOKEN, FakeClock())


def set_up(repository: Repository, *reviewers: str) -> None:
    github.apply(ACCOUNT, BACKEND, client(repository), reviewers or ("octocat", "hubot"))


def asked_in(repository: Repository, name: str) -> list[int]:
    (review,) = (
        rule
        for rule in repository.settings.environments[name].protection_rules
        if rule["type"] == "required_reviewers"
    )
    return [one["reviewer"]["id"] for one in review["reviewers"]]


def left(repository: Repository) -> list[str]:
    return [str(one) for one in github.problems(ACCOUNT, BACKEND, client(repository))]


def test_a_new_repository_lacks_everything_and_one_that_is_set_up_nothing(repository: Repository):
    before = left(repository)
    assert {text.partition(":")[0] for text in before} >= {
        "Actions", "main", "labels", f"environment {FIRST}", f"environment {LAST}",
        "environment preview", "environment preview-removal", "variables, AWS_REGION",
    }  # fmt: skip
    set_up(repository)
    assert left(repository) == []
    changes = [r for r in repository.requests if r[0] not in ("GET", "PUT", "PATCH")]
    set_up(repository)
    assert [r for r in repository.requests if r[0] not in ("GET", "PUT", "PATCH")] == changes
    assert left(repository) == []


def test_what_may_use_an_environment_is_main_alone_and_a_pull_request_s_run_after_a_review(
    repository: Repository,
):
    set_up(repository)
    made = repository.settings.environments
    refs = {name: [p["name"] for p in one.policies] for name, one in made.items()}
    main = {name: ["main"] for name in (FIRST, LAST, APPROVAL, "preview-removal")}
    assert refs == {**main, "preview": [PULL_REQUESTS]}
    asked = {
        name: rule["prevent_self_review"]
        for name, one in made.items()
        for rule in one.protection_rules
        if rule["type"] == "required_reviewers"
    }
    assert asked == {APPROVAL: True, "preview": False}


def test_an_environment_without_an_approval_asks_nobody():
    first, last = committed.raw()["environments"]
    unasked = {"environments": [first, {**last, "approval": False}]}
    given = settings.parse(committed.raw() | unasked)
    names = {
        s.name for s in wanted(given, BACKEND, [7], 1) if isinstance(s, Environment) and s.asks
    }
    assert names == {"preview"}


def test_reviewers_stay_unless_another_is_named(repository: Repository):
    github.apply(ACCOUNT, BACKEND, client(repository), ())
    assert asked_in(repository, "preview") == [7]
    set_up(repository, "hubot")
    assert asked_in(repository, "preview") == [8]
    github.apply(ACCOUNT, BACKEND, client(repository), ())
    assert asked_in(repository, "preview") == asked_in(repository, APPROVAL) == [8]


def test_the_variables_are_the_roles_that_the_account_has(repository: Repository):
    set_up(repository)
    values = [v for held in repository.settings.variables.values() for v in held.values()]
    roles = {value.rpartition("/")[2] for value in values if value.startswith("arn:")}
    plan = committed.plan()
    assert roles == {only(plan, ROLE, name).inputs["name"] for name in committed.PIPELINE_ROLES}


def loosened(repository: Repository, what: str) -> None:
    """One setting changed by hand after the set-up."""
    kept = repository.settings
    rules: dict[str, Any] = {rule["type"]: rule for rule in kept.rulesets[0]["rules"]}
    review = rules["pull_request"]["parameters"]
    match what:
        case "the label is the only gate":
            kept.environments["preview"].protection_rules = []
        case "every branch":
            kept.environments[LAST].deployment_branch_policy = None
        case "protected branches":
            policy = {"protected_branches": True, "custom_branch_policies": False}
            kept.environments[LAST].deployment_branch_policy = policy
        case "one more branch":
            kept.environments[LAST].policies.append({"id": 9, "name": "release/*"})
        case "a tag called main":
            kept.environments[LAST].policies.append({"id": 9, "name": "main", "type": "tag"})
        case "one's own deployment":
            for rule in kept.environments[APPROVAL].protection_rules:
                rule["prevent_self_review"] = False
        case "one reviewer":
            for rule in kept.environments[APPROVAL].protection_rules:
                rule["reviewers"] = rule.get("reviewers", [])[:1]
        case "production asks as well":
            reviewers = [{"type": "User", "reviewer": {"id": 7}}]
            asks = {"type": "required_reviewers", "reviewers": reviewers}
            kept.environments[LAST].protection_rules.append(asks)
        case "no environment":
            del kept.environments["preview"]
        case "no review":
            review["required_approving_review_count"] = 0
        case "any reviewer":
            review["require_code_owner_review"] = False
        case "a check of anybody":
            rules["required_status_checks"]["parameters"]["required_status_checks"] = [
                {"context": "checks"}
            ]
        case "a ruleset that is switched off":
            kept.rulesets[0]["enforcement"] = "disabled"
        case "a bypass":
            kept.rulesets[0]["bypass_actors"] = [
                {"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always"}
            ]
        case "actions by tag":
            kept.documents["actions/permissions"]["sha_pinning_required"] = False
        case "a workflow approves":
            document = kept.documents["actions/permissions/workflow"]
            document["can_approve_pull_request_reviews"] = True
        case "another claim":
            kept.documents["actions/oidc/customization/sub"]["use_default"] = False
        case _:
            raise AssertionError(what)


LOOSENED = {
    "the label is the only gate": "environment preview: has no required reviewers: any pushed",
    "every branch": f"environment {LAST}: every branch may use it, not main alone.",
    "protected branches": f"environment {LAST}: protected branches, all where none is",
    "one more branch": f"environment {LAST}: release/* may use it, not main alone.",
    "a tag called main": f"environment {LAST}: the tag main may use it, not main alone.",
    "one's own deployment": f"environment {APPROVAL}: whoever starts a deployment may approve it.",
    "one reviewer": f"environment {APPROVAL}: has one reviewer, who may not approve",
    "production asks as well": f"environment {LAST}: has required reviewers: a rollback would",
    "no environment": "environment preview: does not exist: the first job that names it",
    "no review": "main: pull_request is weaker than required_approving_review_count 1",
    "any reviewer": "main: pull_request is weaker than",
    "a check of anybody": "main: required_status_checks is weaker than",
    "a ruleset that is switched off": "main: no active ruleset has the rule deletion.",
    "a bypass": "main: RepositoryRole may bypass the ruleset plataforma.",
    "actions by tag": "Actions: sha_pinning_required is False, not True",
    "a workflow approves": "Actions: can_approve_pull_request_reviews is True, not False",
    "another claim": "OIDC: use_default is False, not True",
}


@pytest.mark.parametrize("what", LOOSENED)
def test_what_was_loosened_is_said_and_set_again(repository: Repository, what: str):
    set_up(repository)
    loosened(repository, what)
    assert [text for text in left(repository) if text.startswith(LOOSENED[what])]
    set_up(repository)
    assert left(repository) == []


def test_where_the_plan_has_no_reviewers_the_environment_stays_closed(repository: Repository):
    """An environment that does not exist would be made by the first job that names it."""
    repository.settings.has_reviewers = False
    with pytest.raises(DeliveryError, match=r"The environment is closed to every branch until"):
        set_up(repository)
    settings_ = [s for s in wanted(ACCOUNT, BACKEND, [7], 1) if isinstance(s, Environment)]
    for setting in settings_:
        made = repository.settings.environments[setting.name]
        assert made.deployment_branch_policy is not None
        refs = [] if setting.asks else setting.refs
        assert [policy["name"] for policy in made.policies] == refs


def test_a_stricter_ruleset_of_the_organization_counts(repository: Repository):
    set_up(repository)
    (own,) = repository.settings.rulesets
    own["name"] = "of the organization"
    review = next(rule for rule in own["rules"] if rule["type"] == "pull_request")
    review["parameters"]["required_approving_review_count"] = 2
    assert left(repository) == []


def test_owners_that_github_can_not_ask_are_said(repository: Repository):
    set_up(repository)
    message = "Unknown owner on line 5: make sure the team exists\n\n  *  @acme/plataforma\n"
    repository.settings.owner_errors = [
        {"path": ".github/CODEOWNERS", "line": 5, "column": 4, "kind": "x", "message": message}
    ]
    (said,) = left(repository)
    assert said.startswith(".github/CODEOWNERS, line 5: Unknown owner on line 5: make sure")


def test_a_check_changes_nothing(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(github, "account_of", lambda _: (ACCOUNT, BACKEND))  # pyright: ignore
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("GITHUB_API_URL", repository.url)
    monkeypatch.setattr(sys, "argv", ["github", "--check"])
    assert github.main() == 1
    assert {method for method, _ in repository.requests} == {"GET"}
    assert "to do" in capsys.readouterr().out.splitlines()[-1]


def test_a_repository_with_ids_in_its_claim_is_addressed_by_its_names():
    raw = committed.raw() | {"repository": "acme@12/plataforma@345"}
    given = settings.parse(raw)
    paths = {getattr(setting, "repository", "") for setting in wanted(given, BACKEND, [7], 1)}
    assert "/repos/acme/plataforma" in paths


def test_without_stacks_of_pull_requests_no_environment_gets_a_role_that_does_not_exist():
    raw = {key: value for key, value in committed.raw().items() if key != "ephemeral"}
    settings_ = list(wanted(settings.parse(raw), BACKEND, [7], 1))
    variables = [one for one in settings_ if isinstance(one, Variable)]
    assert not [one for one in variables if "/environments/preview" in one.holder]
    closed = {one.name for one in settings_ if isinstance(one, Environment)}
    assert {"preview", "preview-removal"} <= closed


def test_a_rule_that_was_added_to_the_ruleset_stays(repository: Repository):
    set_up(repository)
    (own,) = repository.settings.rulesets
    queue = {"type": "merge_queue", "parameters": {"merge_method": "SQUASH"}}
    own["rules"] = [queue]
    set_up(repository)
    assert queue in own["rules"]
    assert left(repository) == []


def test_what_github_refuses_to_tell_is_one_problem_of_many(repository: Repository):
    """A private repository of GitHub Free has no rulesets: 403."""
    set_up(repository)
    repository.refused["rules/branches/main"] = 403
    repository.settings.labels.clear()
    said = left(repository)
    assert [text.partition(": not looked up")[0] for text in said] == [
        "ruleset plataforma", "labels: environment is missing."
    ]  # fmt: skip


def test_a_token_that_github_does_not_know_is_no_setting(repository: Repository):
    unknown = Client(repository.url, "another", FakeClock())
    with pytest.raises(DeliveryError, match="401"):
        github.problems(ACCOUNT, BACKEND, unknown)


@pytest.mark.parametrize(
    ("claim", "written", "wanted_"),
    [
        ({"use_immutable_subject": False}, "acme/plataforma", None),
        ({"use_immutable_subject": True}, "acme/plataforma", "acme@12/plataforma@345"),
        ({"use_immutable_subject": True}, "acme@12/plataforma@345", None),
        (
            {"use_immutable_subject": False, "sub_claim_prefix": "repo:acme@12/plataforma@345"},
            "acme/plataforma",
            "acme@12/plataforma@345",
        ),
        ({"use_immutable_subject": False}, "Acme/plataforma", "acme/plataforma"),
    ],
)
def test_the_repository_is_written_as_its_tokens_name_it(
    repository: Repository, claim: dict[str, Any], written: str, wanted_: str | None
):
    repository.settings.documents["actions/oidc/customization/sub"] |= claim
    given = Subject("/repos/acme/plataforma", written, "plataforma:repository")
    said = [problem.text for problem in given.problems(client(repository))]
    assert bool(said) == bool(wanted_)
    assert all(text.endswith(f"write plataforma:repository: {wanted_}") for text in said)
