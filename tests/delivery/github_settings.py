"""The part of the stand-in for GitHub that holds a repository's settings.

Paths, shapes, and what is refused: GitHub's OpenAPI description of its REST API
(github/rest-api-description), version 2022-11-28. What a plan refuses: the answer that users report
(backstage/backstage, issue 28977).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Answer = tuple[int, Any]
Json = dict[str, Any]
NOTHING: Answer = (404, {"message": "Not Found"})
ACTIONS_APP = 15368
RULES = {"deletion", "non_fast_forward", "pull_request", "required_status_checks"}
ENVIRONMENT_KEYS = {"wait_timer", "prevent_self_review", "reviewers", "deployment_branch_policy"}


def new_documents() -> dict[str, Json]:
    """Those of a new repository."""
    return {
        "actions/permissions": {"enabled": True, "allowed_actions": "all"},
        "actions/permissions/workflow": {
            "default_workflow_permissions": "read",
            "can_approve_pull_request_reviews": False,
        },
        "actions/permissions/fork-pr-contributor-approval": {
            "approval_policy": "first_time_contributors"
        },
        "actions/oidc/customization/sub": {"use_default": True},
    }


@dataclass
class Environment:
    """As it is read; `policies` are its deployment branch policies."""

    name: str
    protection_rules: list[Json] = field(default_factory=list[Json])
    deployment_branch_policy: Json | None = None
    policies: list[Json] = field(default_factory=list[Json])

    def document(self) -> Json:
        policy = self.deployment_branch_policy
        return {
            "name": self.name,
            "protection_rules": self.protection_rules,
            "deployment_branch_policy": policy,
        }


@dataclass
class RepositorySettings:
    """`has_reviewers`: whether the plan of a private repository includes required reviewers."""

    has_reviewers: bool = True
    documents: dict[str, Json] = field(default_factory=new_documents)
    environments: dict[str, Environment] = field(default_factory=dict[str, Environment])
    rulesets: list[Json] = field(default_factory=list[Json])
    variables: dict[str, dict[str, str]] = field(default_factory=dict[str, Any])
    """By the path of their holder: `actions`, or `environments/<name>`."""
    labels: set[str] = field(default_factory=set[str])
    owner_errors: list[Json] = field(default_factory=list[Json])

    def answer(self, method: str, path: str, sent: Json) -> Answer:
        """`path` below the repository's."""
        for pattern, of in ROUTES.items():
            if found := re.fullmatch(pattern, path):
                return of(self, method, found, sent or {})
        return NOTHING

    def document(self, method: str, found: re.Match[str], sent: Json) -> Answer:
        content = self.documents.get(found[0])
        if content is None:
            return NOTHING
        if method == "GET":
            return 200, content
        if found[0] == "actions/permissions" and "enabled" not in sent:
            return 422, {"message": "Invalid request."}
        content.update(sent)
        return 204, None

    def environment(self, method: str, found: re.Match[str], sent: Json) -> Answer:
        name = found["name"]
        if method == "GET":
            known = self.environments.get(name)
            return (200, known.document()) if known else NOTHING
        if problem := self._refusal(sent):
            return 422, {"message": problem}
        made = self.environments.setdefault(name, Environment(name))
        kept = [one for one in made.protection_rules if one["type"] == "required_reviewers"]
        made.deployment_branch_policy = sent.get("deployment_branch_policy")
        rules = list[Json]()
        if made.deployment_branch_policy is not None:
            rules.append({"id": 1, "node_id": "x", "type": "branch_policy"})
        if people := sent.get("reviewers"):
            review = {"type": "required_reviewers", "id": 2, "node_id": "y"}
            reviewers = [{"type": one["type"], "reviewer": {"id": one["id"]}} for one in people]
            own = {"prevent_self_review": sent.get("prevent_self_review", False)}
            rules.append({**review, **own, "reviewers": reviewers})
        elif "reviewers" not in sent:
            rules += kept
        made.protection_rules = rules
        return 200, made.document()

    def _refusal(self, sent: Json) -> str:
        if unknown := set(sent) - ENVIRONMENT_KEYS:
            return f'Invalid input: "{min(unknown)}" is not a permitted key.'
        policy: Json | None = sent.get("deployment_branch_policy")
        if policy and policy["protected_branches"] == policy["custom_branch_policies"]:
            return "protected_branches and custom_branch_policies cannot have the same value"
        if not self.has_reviewers and set(sent) & {"reviewers", "prevent_self_review"}:
            return (
                "Failed to create the environment protection rule. Please ensure the billing plan "
                "supports the required reviewers protection rule."
            )
        return ""

    def policies(self, method: str, found: re.Match[str], sent: Json) -> Answer:
        known = self.environments.get(found["name"])
        setting = known.deployment_branch_policy if known else None
        if known is None or (method != "GET" and not (setting or {})["custom_branch_policies"]):
            return NOTHING
        if method == "POST":
            made = {"id": 100 + len(known.policies), "type": "branch", **sent}
            known.policies.append(made)
            return 200, made
        return 200, {"total_count": len(known.policies), "branch_policies": known.policies}

    def policy(self, method: str, found: re.Match[str], sent: Json) -> Answer:
        del method, sent
        known = self.environments[found["name"]]
        known.policies = [one for one in known.policies if one["id"] != int(found["id"])]
        return 204, None

    def all_rulesets(self, method: str, found: re.Match[str], sent: Json) -> Answer:
        del found
        if method == "POST":
            assert {rule["type"] for rule in sent["rules"]} <= RULES
            made = {**sent, "id": 1 + len(self.rulesets)}
            self.rulesets.append(made)
            return 201, made
        brief = [{k: v for k, v in one.items() if k != "rules"} for one in self.rulesets]
        return 200, brief

    def ruleset(self, method: str, found: re.Match[str], sent: Json) -> Answer:
        known = next((one for one in self.rulesets if one["id"] == int(found["id"])), None)
        if known is None:
            return NOTHING
        if method == "PUT":
            known.update(sent)
        return 200, known

    def rules_of_main(self, method: str, found: re.Match[str], sent: Json) -> Answer:
        del method, found, sent
        return 200, [
            {**rule, "ruleset_source_type": "Repository", "ruleset_id": one["id"]}
            for one in self.rulesets
            if one["enforcement"] == "active"
            and "refs/heads/main" in one["conditions"]["ref_name"]["include"]
            for rule in one["rules"]
        ]

    def variable(self, method: str, found: re.Match[str], sent: Json) -> Answer:
        holder, name = found["holder"], found["name"] or sent.get("name", "")
        if holder != "actions" and holder.partition("/")[2] not in self.environments:
            return NOTHING
        known = self.variables.setdefault(holder, {})
        if method == "GET":
            return (200, {"name": name, "value": known[name]}) if name in known else NOTHING
        if (method == "POST") == (name in known):
            return (409 if method == "POST" else 404), {"message": "refused"}
        known[name] = sent["value"]
        return (201 if method == "POST" else 204), {}

    def label(self, method: str, found: re.Match[str], sent: Json) -> Answer:
        if method == "POST":
            self.labels.add(sent["name"])
            return 201, sent
        return (200, {"name": found["name"]}) if found["name"] in self.labels else NOTHING

    def owners(self, method: str, found: re.Match[str], sent: Json) -> Answer:
        del method, found, sent
        return 200, {"errors": self.owner_errors}


ROUTES: Mapping[str, Callable[[RepositorySettings, str, re.Match[str], Json], Answer]] = {
    r"actions/permissions(/[a-z-]+)?|actions/oidc/customization/sub": RepositorySettings.document,
    r"(?P<holder>actions|environments/[\w-]+)/variables(/(?P<name>\w+))?": (
        RepositorySettings.variable
    ),
    r"environments/(?P<name>[\w-]+)": RepositorySettings.environment,
    r"environments/(?P<name>[\w-]+)/deployment-branch-policies": RepositorySettings.policies,
    r"environments/(?P<name>[\w-]+)/deployment-branch-policies/(?P<id>\d+)": (
        RepositorySettings.policy
    ),
    r"rulesets": RepositorySettings.all_rulesets,
    r"rulesets/(?P<id>\d+)": RepositorySettings.ruleset,
    r"rules/branches/main": RepositorySettings.rules_of_main,
    r"labels(/(?P<name>\w+))?": RepositorySettings.label,
    r"codeowners/errors": RepositorySettings.owners,
}
