"""The ten answers, checked: what `make init` asks for, and what bootstrap/init.yaml keeps."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, cast

from pydantic import Field, PrivateAttr, ValidationError
from pydantic_core import ErrorDetails

from commands.init.upstream import EXAMPLE_ACCOUNT
from delivery.stack_files.editing import yaml_text
from settings import stack_file
from settings.problems import nearest, repeated
from settings.section import Section
from settings.service.registries import EcrRegistry, ecr_registry

FILE = Path("bootstrap/init.yaml")
HEADER = "# The answers of `make init`, which reads them again: docs/own.md.\n"
NONE = "none"
KINDS = ("web", "api", "worker", "internal", "job")
SAMPLES = {"frontend": "web", "backend": "api", "worker": "worker"}
SERVICE = re.compile(rf"[a-z][a-z0-9-]{{0,19}}:({'|'.join(KINDS)})")
# They would be a database user's name too. PostgreSQL 17, Appendix C: reserved there.
RESERVED_WORDS = ("user", "table", "order", "group", "select", "default", "check", "all", "end")


class AnswerError(Exception):
    """Answers that can't be used; each line says which, and what is allowed."""


class Answers(Section):
    """What makes a clone a team's own."""

    project: str = Field(
        default="app",
        pattern=r"^[a-z][a-z0-9]{1,9}$",
        description="2 to 10 lower-case letters and digits: every name in AWS begins with it.",
    )
    account: str = Field(
        default=EXAMPLE_ACCOUNT,
        pattern=r"^\d{12}$",
        description="The AWS account: 12 digits.",
    )
    region: str = Field(
        default="eu-west-1",
        pattern=r"^[a-z]{2}(-[a-z]+)+-\d$",
        description="AWS region, e.g. eu-west-1.",
    )
    domain: str = Field(
        default=NONE,
        pattern=r"^(none|[a-z0-9-]+(\.[a-z0-9-]+)+ Z[A-Z0-9]{5,31})$",
        description="Domain and the id of its Route 53 hosted zone, e.g. shop.example.com "
        "Z0123456789ABC; or none, for CloudFront's own name.",
    )
    registry: str = Field(
        default="ghcr.io/owner/app",
        pattern=r"^(ghcr\.io(/[a-z0-9][a-z0-9._-]*){2,}|\d{12}\.dkr\.ecr\.[a-z0-9.-]+/[a-z0-9/_-]+)$",
        description="ghcr.io/owner/name, or the address of ECR and a path.",
    )
    environments: tuple[str, ...] = Field(
        default=("staging", "prod"),
        min_length=1,
        description="A list of one or more, in the order of promotion; prod gets production's "
        "sizes and rules.",
    )
    services: tuple[str, ...] = Field(
        default=tuple(f"{name}:{kind}" for name, kind in SAMPLES.items()),
        min_length=1,
        description="A list of one or more name:kind; kinds: web, api, worker, internal, job.",
    )
    stores: tuple[Literal["database", "cache", "sqs", "rabbitmq"], ...] = Field(
        default=("database", "cache", "sqs"),
        description="A list of database, cache, sqs, rabbitmq, or [].",
    )
    monitoring: Literal["self-hosted", "managed", "off"] = Field(
        default="off", description="self-hosted (needs a domain and a database), managed or off."
    )
    samples: Literal["run", "leave-out"] = Field(
        default="run",
        description="run: services named frontend, backend and worker are the sample applications; "
        "leave-out: every service gets a first image of its own.",
    )

    _origin: str = PrivateAttr(default="")

    @property
    def kinds(self) -> dict[str, str]:
        """The kind of each service, by its name."""
        return dict(service.split(":", 1) for service in self.services)

    def named(self, *kinds: str) -> list[str]:
        return [name for name, kind in self.kinds.items() if kind in kinds]

    def is_sample(self, service: str) -> bool:
        return self.samples == "run" and SAMPLES.get(service) == self.kinds[service]

    def image_of(self, service: str) -> str:
        """Its images/Dockerfile.<image>; those of the samples stay theirs."""
        taken = service in SAMPLES and not self.is_sample(service)
        return f"{self.project}-{service}" if taken else service

    def has(self, store: str) -> bool:
        return store in self.stores

    @property
    def has_broker(self) -> bool:
        return self.has("sqs") or self.has("rabbitmq")

    @property
    def host(self) -> str | None:
        return None if self.domain == NONE else self.domain.split()[0]

    @property
    def zone(self) -> str | None:
        return None if self.domain == NONE else self.domain.split()[1]

    def host_of(self, environment: str) -> str | None:
        """The host name of an environment; production has the domain itself."""
        if self.host is None:
            return None
        whole = environment == "prod" or len(self.environments) == 1
        return self.host if whole else f"{environment}.{self.host}"

    @property
    def uses_ecr(self) -> bool:
        return ecr_registry(self.registry) is not None

    @property
    def owner(self) -> str:
        """The owner of the repository on GitHub."""
        return self.repository.partition("/")[0]

    @property
    def repository(self) -> str:
        """GHCR's address says it; of ECR it is what git knows, or a placeholder."""
        if not self.uses_ecr:
            return "/".join(self.registry.split("/")[i] for i in (1, -1))
        return self._origin or f"owner/{self.project}"

    def in_repository(self, origin: tuple[str, str] | None) -> Answers:
        """The same answers, of a clone whose repository on GitHub is `origin`."""
        located = self.model_copy()
        located._origin = "/".join(origin or ())
        return located

    def own_problems(self) -> Iterator[str]:
        """What is wrong within one answer."""
        if self.project in RESERVED_WORDS:
            yield f"project: {self.project} is a reserved word of PostgreSQL: take another name."
        for name in self.environments:
            if not re.fullmatch(r"(?!pr\d)[a-z][a-z0-9]{1,9}", name):
                text = "2 to 10 lower-case letters and digits, no name of a pull request (pr1)."
                yield f"environments: {name!r} is not allowed. Allowed: {text}"
        wrong = [s for s in self.services if not SERVICE.fullmatch(s)]
        for service in wrong:
            kind = service.partition(":")[2]
            hint = "" if kind in KINDS else nearest(kind, KINDS)
            text = (
                "name:kind, the name 1 to 20 lower-case letters, digits and hyphens, a letter first"
            )
            kinds = f"the kind one of {', '.join(KINDS)}"
            yield f"services: {service!r} is not allowed.{hint} Allowed: {text}; {kinds}."
        names = [service.partition(":")[0] for service in self.services]
        lists = {"environments": self.environments, "services": names, "stores": self.stores}
        for key, values in lists.items():
            for name in repeated(values):
                yield f"{key}: {name} is listed twice."
        if not wrong and not self.named("web", "api", "worker"):
            yield "services: at least one web, api or worker: nothing else would call the others."
        if self.has("sqs") and self.has("rabbitmq"):
            yield "stores: sqs and rabbitmq are two brokers: take one."

    def joint_problems(self, wrong: Collection[str]) -> Iterator[str]:
        """What does not go together, of answers that are each allowed and not `wrong`."""
        checks = {
            ("registry", "account", "region"): self._registry_problems,
            ("monitoring", "domain", "stores"): self._monitoring_problems,
            ("services", "stores", "samples"): self._sample_problems,
        }
        for keys, check in checks.items():
            if not set(keys) & set(wrong):
                yield from check()

    def _registry_problems(self) -> Iterator[str]:
        if (ecr := ecr_registry(self.registry)) and ecr != EcrRegistry(self.account, self.region):
            text = f"the ECR of {ecr.account} in {ecr.region}; bootstrap makes repositories in"
            yield f"registry: {text} {self.account} in {self.region} alone: give its address."

    def _monitoring_problems(self) -> Iterator[str]:
        if self.monitoring == "self-hosted" and not (self.host and self.has("database")):
            yield "monitoring: self-hosted has Grafana, which needs a domain and a database."

    def _sample_problems(self) -> Iterator[str]:
        for name in ("backend", "worker"):
            if name in self.kinds and self.is_sample(name):
                missing = [store for store in ("database", "cache") if not self.has(store)]
                missing += [] if self.has_broker else ["sqs or rabbitmq"]
                if missing:
                    text = f"the sample {name} needs {', '.join(missing)}: add it to stores"
                    yield f"services: {text}, or set samples: leave-out."


def parse(raw: Mapping[str, Any]) -> Answers:
    """Errors: AnswerError with every problem."""
    answers, problems = _checked(raw)
    problems += answers.joint_problems([problem.partition(":")[0] for problem in problems])
    return _without_problems(answers, problems)


def allowed(raw: Mapping[str, Any]) -> Answers:
    """Answers that are each allowed, though they may not go together. Errors: AnswerError."""
    return _without_problems(*_checked(raw))


def _without_problems(answers: Answers, problems: list[str]) -> Answers:
    if problems:
        raise AnswerError("\n".join(problems))
    return answers


def _checked(raw: Mapping[str, Any]) -> tuple[Answers, list[str]]:
    """The answers, with the default for each one of a wrong form, and the problems of each."""
    given, problems = _with_tuples(raw), list[str]()
    try:
        answers = Answers.model_validate(given)
    except ValidationError as invalid:
        errors = invalid.errors()
        problems += dict.fromkeys(map(_in_words, errors))
        wrong = {error["loc"][0] for error in errors}
        answers = Answers.model_validate({k: v for k, v in given.items() if k not in wrong})
    return answers, [*problems, *answers.own_problems()]


def read(path: Path) -> Answers:
    """The answers in a file; what it leaves out has its default."""
    try:
        return parse(stack_file.load(path))
    except stack_file.StackFileError as error:
        raise AnswerError(str(error)) from None


def text(answers: Answers) -> str:
    """The file that holds the answers."""
    return HEADER + yaml_text(answers.model_dump(mode="json", by_alias=True))


def _with_tuples(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()}


def _in_words(error: ErrorDetails) -> str:
    key, value = str(error["loc"][0]), error["input"]
    field = Answers.model_fields.get(key)
    if field is None:
        known = Answers.model_fields
        return f"{key}: unknown key.{nearest(key, known)} Known: {', '.join(known)}."
    if error["type"] == "tuple_type":
        form = "[]" if value in (None, "", NONE) else f"[{value}]"
        hint = f": write {form}" if value is None or isinstance(value, str) else ""
        return f"{key}: {_shown(value)} is not a list{hint}. Allowed: {field.description}"
    hint = ""
    if error["type"] == "string_type" and isinstance(value, int):
        hint = " Write it in quotes."
    if error["type"] == "literal_error" and isinstance(value, str):
        hint = nearest(value, re.findall(r"'([^']+)'", error.get("ctx", {}).get("expected", "")))
    return f"{key}: {_shown(value)} is not allowed.{hint} Allowed: {field.description}"


def _shown(value: object) -> str:
    """As YAML has it."""
    if value is None:
        return "nothing"
    if isinstance(value, tuple):
        return f"[{', '.join(map(str, cast(tuple[object, ...], value)))}]"
    return "a map" if isinstance(value, dict) else repr(value)
