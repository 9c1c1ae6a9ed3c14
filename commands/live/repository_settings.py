"""Settings of a repository on GitHub: what each must be, what is wrong with it, and how it is set.

Source: GitHub, OpenAPI description of the REST API (github/rest-api-description), version
2022-11-28; GitHub Docs, "Deployments and environments" and "Managing environments for deployment".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from delivery.github.client import Client, GitHubError

Json = dict[str, Any]
REFUSED = 422
REVIEWERS = "required_reviewers"


@dataclass(frozen=True)
class Problem:
    """What is wrong, and where on GitHub."""

    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"


class Setting(Protocol):
    def problems(self, github: Client) -> Iterator[Problem]: ...

    def apply(self, github: Client) -> None: ...


@dataclass(frozen=True)
class Document:
    """A few keys of a document that is read and written as a whole. `kept`: keys to write back as
    they are. Where GitHub has no such document for the repository, nothing is wanted."""

    where: str
    path: str
    wanted: Mapping[str, Any]
    why: str
    kept: Sequence[str] = ()

    def problems(self, github: Client) -> Iterator[Problem]:
        content = github.find(self.path, Json)
        if content is None:
            return
        for key, value in self.wanted.items():
            if content.get(key) != value:
                text = f"{key} is {content.get(key)}, not {value}: {self.why}"
                yield Problem(self.where, text)

    def apply(self, github: Client) -> None:
        if (content := github.find(self.path, Json)) is not None:
            kept = {key: content[key] for key in self.kept if key in content}
            github.request("PUT", self.path, {**kept, **self.wanted})


@dataclass(frozen=True)
class Environment:
    """`refs`: the only names, with wildcards, of branches that may use it; of a pull request's run
    it is refs/pull/<number>/merge. `reviewers`: as in the API's request; where `keeps`, those that
    it has stay instead."""

    path: str
    name: str
    refs: Sequence[str]
    asks: bool = False
    self_review: bool = False
    reviewers: Sequence[Mapping[str, Any]] = ()
    keeps: bool = True
    why: str = ""

    @property
    def where(self) -> str:
        return f"environment {self.name}"

    def problems(self, github: Client) -> Iterator[Problem]:
        content = github.find(self.path, Json)
        if content is None:
            text = (
                "does not exist: the first job that names it, of any branch, makes it, open to all."
            )
            yield Problem(self.where, text)
            return
        yield from self._unreviewed(content)
        policy = cast(Json, content.get("deployment_branch_policy") or {})
        if not policy.get("custom_branch_policies"):
            allowed = "protected branches, all where none is" if policy else "every branch"
            yield Problem(self.where, f"{allowed} may use it, not {self._refs} alone.")
            return
        found_refs = {_ref(policy) for policy in self._policies(github)}
        for extra in sorted(found_refs - set(self.refs)):
            yield Problem(self.where, f"{extra} may use it, not {self._refs} alone.")
        for missing in sorted(set(self.refs) - found_refs):
            yield Problem(self.where, f"{missing} may not use it.")

    def apply(self, github: Client) -> None:
        """Where GitHub refuses reviewers it is closed to every branch, and the error passed on."""
        closed = {"protected_branches": False, "custom_branch_policies": True}
        rules: Json = {"deployment_branch_policy": closed}
        review: Json = {}
        asked = self._people(github)
        if self.asks:
            people = (self.keeps and asked) or [dict(one) for one in self.reviewers]
            review = {"reviewers": people, "prevent_self_review": not self.self_review}
        elif asked:
            # What is left out may stay; null clears it (google/go-github,
            # github/repos_environments.go). A plan without reviewers refuses the key.
            review = {"reviewers": None}
        try:
            github.request("PUT", self.path, rules | review)
        except GitHubError as error:
            if error.status == REFUSED:
                github.request("PUT", self.path, rules)
                self._admit(github, ())
            raise
        self._admit(github, self.refs)

    def _admit(self, github: Client, refs: Sequence[str]) -> None:
        """Makes these the only branches that may use it."""
        admitted = set[str]()
        for policy in self._policies(github):
            if policy["name"] in refs and policy.get("type") != "tag":
                admitted.add(policy["name"])
            else:
                github.request("DELETE", f"{self._policy_path}/{policy['id']}")
        for ref in refs:
            if ref not in admitted:
                github.request("POST", self._policy_path, {"name": ref, "type": "branch"})

    @property
    def _refs(self) -> str:
        return " and ".join(self.refs)

    @property
    def _policy_path(self) -> str:
        return f"{self.path}/deployment-branch-policies"

    def _policies(self, github: Client) -> list[Json]:
        return listed(github, self._policy_path, "branch_policies")

    def _people(self, github: Client) -> list[Json]:
        """Who is asked now, as in the API's request."""
        review = _review(github.find(self.path, Json) or {}) or {}
        asked = cast(list[Json], review.get("reviewers") or [])
        return [{"type": one["type"], "id": one["reviewer"]["id"]} for one in asked]

    def _unreviewed(self, content: Json) -> Iterator[Problem]:
        review = _review(content) or {}
        reviewers = cast(list[Json], review.get("reviewers") or [])
        if not self.asks:
            if reviewers:
                yield Problem(self.where, "has required reviewers: a rollback would wait for them.")
        elif not reviewers:
            yield Problem(self.where, f"has no required reviewers: {self.why}")
        elif not self.self_review:
            if not review.get("prevent_self_review"):
                yield Problem(self.where, "whoever starts a deployment may approve it.")
            if [one["type"] for one in reviewers] == ["User"]:
                text = "has one reviewer, who may not approve a deployment of their own: name two."
                yield Problem(self.where, text)


@dataclass(frozen=True)
class Ruleset:
    """The rules of main, in a ruleset of that name; those of others that apply there count too.
    Rules of another type that were added to it, such as a merge queue, stay."""

    repository: str
    name: str
    rules: Sequence[Json]
    bypass: Sequence[Json] = field(default=())

    where = "main"

    def problems(self, github: Client) -> Iterator[Problem]:
        path = f"{self.repository}/rules/branches/main"
        active = list(github.pages(path, Json))
        for rule in self.rules:
            of_type = [one for one in active if one["type"] == rule["type"]]
            if not of_type:
                yield Problem(self.where, f"no active ruleset has the rule {rule['type']}.")
            elif not any(_holds(one, rule) for one in of_type):
                wanted = ", ".join(f"{k} {v}" for k, v in rule["parameters"].items())
                yield Problem(self.where, f"{rule['type']} is weaker than {wanted}.")
        for ruleset in {one["ruleset_id"] for one in active if "ruleset_id" in one}:
            content = github.find(f"{self.repository}/rulesets/{ruleset}", Json) or {}
            if content.get("bypass_actors"):
                who = ", ".join(sorted(one["actor_type"] for one in content["bypass_actors"]))
                yield Problem(self.where, f"{who} may bypass the ruleset {content['name']}.")

    def apply(self, github: Client) -> None:
        path = f"{self.repository}/rulesets"
        existing = github.pages(path, Json, includes_parents="false")
        known = next((one["id"] for one in existing if one["name"] == self.name), None)
        own = {
            "name": self.name,
            "target": "branch",
            "enforcement": "active",
            "bypass_actors": list(self.bypass),
            "conditions": {"ref_name": {"include": ["refs/heads/main"], "exclude": []}},
            "rules": list(self.rules),
        }
        if known is None:
            github.request("POST", path, own)
            return
        path = f"{path}/{known}"
        rules = cast(list[Json], (github.find(path, Json) or {}).get("rules") or [])
        types = {rule["type"] for rule in self.rules}
        added = [rule for rule in rules if rule["type"] not in types]
        github.request("PUT", path, {**own, "rules": [*self.rules, *added]})


@dataclass(frozen=True)
class Variable:
    """`holder`: the path of the repository's Actions, or of an environment."""

    holder: str
    name: str
    value: str
    of: str = "variables"

    def problems(self, github: Client) -> Iterator[Problem]:
        content = github.find(f"{self.holder}/variables/{self.name}", Json)
        if content is None or content["value"] != self.value:
            is_now = "is missing" if content is None else f"is {content['value']}"
            yield Problem(f"{self.of}, {self.name}", f"{is_now}, not {self.value}.")

    def apply(self, github: Client) -> None:
        path = f"{self.holder}/variables"
        body = {"name": self.name, "value": self.value}
        if github.find(f"{path}/{self.name}", Json) is None:
            github.request("POST", path, body)
        else:
            github.request("PATCH", f"{path}/{self.name}", body)


@dataclass(frozen=True)
class Label:
    repository: str
    name: str

    def problems(self, github: Client) -> Iterator[Problem]:
        if github.find(f"{self.repository}/labels/{self.name}", Json) is None:
            yield Problem("labels", f"{self.name} is missing.")

    def apply(self, github: Client) -> None:
        if github.find(f"{self.repository}/labels/{self.name}", Json) is None:
            github.request("POST", f"{self.repository}/labels", {"name": self.name})


@dataclass(frozen=True)
class Subject:
    """How the `sub` of its tokens names the repository, which the roles in AWS compare; `written`
    stands `where` in the account's stack file. Only people can mend it.

    Source: GitHub Docs, "OpenID Connect reference", immutable subject claims. `sub_claim_prefix` is
    what tokens have; `use_immutable_subject` may say otherwise of a new repository."""

    repository: str
    written: str
    where: str

    def problems(self, github: Client) -> Iterator[Problem]:
        content = github.find(self.repository, Json)
        if content is None:
            text = f"{self.written} is no repository on GitHub, or the token may not see it."
            yield Problem(self.where, text)
            return
        wanted = self._claimed(github, content)
        if wanted != self.written:
            text = f"is {self.written}, and tokens say otherwise: write {self.where}: {wanted}"
            yield Problem(self.where, text)

    def _claimed(self, github: Client, content: Json) -> str:
        claim = github.find(f"{self.repository}/actions/oidc/customization/sub", Json) or {}
        if prefix := claim.get("sub_claim_prefix"):
            return str(prefix).removeprefix("repo:")
        owner, name = content["owner"]["login"], content["name"]
        if claim.get("use_immutable_subject"):
            return f"{owner}@{content['owner']['id']}/{name}@{content['id']}"
        return f"{owner}/{name}"

    def apply(self, github: Client) -> None:
        del github


@dataclass(frozen=True)
class CodeOwners:
    """Whom GitHub can't ask: it asks nobody then, and says nothing. Only people can mend it."""

    repository: str

    def problems(self, github: Client) -> Iterator[Problem]:
        for error in (github.find(f"{self.repository}/codeowners/errors", Json) or {}).get(
            "errors", []
        ):
            first = str(error["message"]).partition("\n")[0]
            yield Problem(f"{error['path']}, line {error['line']}", first)

    def apply(self, github: Client) -> None:
        del github


def listed(github: Client, path: str, key: str) -> list[Json]:
    """The items of a document with a list in it: no environment has more than a page of them."""
    return (github.find(f"{path}?per_page=100", Json) or {}).get(key, [])


def _review(content: Json) -> Json | None:
    rules = cast(list[Json], content.get("protection_rules") or [])
    return next((rule for rule in rules if rule["type"] == REVIEWERS), None)


def _ref(policy: Json) -> str:
    """A tag that is called like a branch is not that branch."""
    return f"the tag {policy['name']}" if policy.get("type") == "tag" else policy["name"]


def _holds(rule: Json, wanted: Json) -> bool:
    has = cast(Json, rule.get("parameters") or {})
    return all(_is_at_least(has.get(key), v) for key, v in wanted.get("parameters", {}).items())


def _is_at_least(has: Any, wanted: Any) -> bool:
    """A rule may be stricter: more reviews, more checks."""
    if isinstance(wanted, bool):
        return has is True or not wanted
    if isinstance(wanted, int):
        return isinstance(has, int) and has >= wanted
    return all(item in (has or []) for item in wanted)
