"""A new stack file, Pulumi.<environment>.yaml, as text with its comments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from commands.init import service_text
from commands.init.answers import Answers

HEADER = """\
# yaml-language-server: $schema=./stack.schema.json
#
# {title}. Every key is explained in docs/config.md, and an editor that reads the line
# above completes and checks them. `make preview STACK={name}` shows what a change would do, with no
# account; `make doctor STACK={name}` says what is still missing.
config:
"""
UNSET = "{secure: unset} # `make rekey` or `make secret` asks for it"


def stack_text(answers: Answers, environment: str) -> str:
    """The file of one of the answers' environments."""
    project = answers.project
    sections = [
        _head(answers, environment),
        _network(answers, environment),
        *_stores(answers, environment),
        *_edge(answers, environment),
        _images(answers, environment),
        _operations(answers, environment),
        *_monitoring(answers, environment),
        *_migrations(answers),
        *_secrets(answers, environment),
        service_text.services(answers, environment),
    ]
    text = re.sub(r"(?m)^  :", f"  {project}:", "\n".join(sections))
    return HEADER.format(title=title(environment), name=environment) + text


def title(environment: str) -> str:
    """What the first comment of its file calls it."""
    return "Production" if environment == "prod" else f"The environment {environment}"


def secrets_of(answers: Answers) -> list[str]:
    """The names of the secrets whose values the stack file holds, encrypted."""
    names = ["JWT_SIGNING_KEYS"] if _has_sample(answers, "backend") else []
    names += ["REDIS_PASSWORD"] if answers.has("cache") else []
    return names + (["BROKER_PASSWORD"] if answers.has("rabbitmq") else [])


def _has_sample(answers: Answers, name: str) -> bool:
    return name in answers.kinds and answers.is_sample(name)


def _head(answers: Answers, environment: str) -> str:
    lines = [
        f"  :environment: {environment}",
        f"  :region: {answers.region}",
        f'  :account: "{answers.account}" # the one account that this stack may change',
    ]
    if host := answers.host_of(environment):
        lines += [f"  :domain: {host}", f"  :zone: {answers.zone}"]
    else:
        lines += [
            "  # No domain: reached on CloudFront's own name. Later: domain and zone, together."
        ]
    boundary = f"{answers.project}-boundary-{environment}"
    lines += [f"  :permissionsBoundary: {boundary} # of every role; bootstrap/ makes it"]
    return "\n".join(lines) + "\n"


def _network(answers: Answers, environment: str) -> str:
    nat = (
        "per-az # a zone that fails takes nothing of the others with it"
        if environment == "prod"
        else "single # one gateway is cheaper; a failing zone takes outgoing traffic with it"
    )
    block = 20 + 10 * answers.environments.index(environment)
    return f"  :network:\n    cidr: 10.{block}.0.0/16\n    azs: 3\n    nat: {nat}\n"


def _stores(answers: Answers, environment: str) -> Iterator[str]:
    large = environment == "prod"
    if answers.has("database"):
        yield (
            "  :database:\n"
            '    version: "17"\n'
            f"    instanceClass: db.t4g.{'medium' if large else 'micro'}\n"
            f"    storage: {{gib: {50 if large else 20}, maxGib: {500 if large else 50}}}\n"
            f"    multiAz: {str(large).lower()}\n"
            f"    backups: {{retentionDays: {14 if large else 3}}}\n"
            "    password: managed # RDS keeps it in Secrets Manager and rotates it\n"
        )
    if answers.has("cache"):
        queues = "    queues: [jobs] # BullMQ queues that a service may scale by\n"
        yield (
            "  :cache:\n"
            f"    nodeType: cache.t4g.{'small' if large else 'micro'}\n"
            f"    replicas: {int(large)}\n"
            f"{queues if _has_sample(answers, 'worker') else ''}"
            "    password: REDIS_PASSWORD\n"
        )
    if answers.has("sqs"):
        yield f"  :broker:\n    kind: sqs\n    queues: [{service_text.EVENTS}]\n"
    if answers.has("rabbitmq"):
        yield (
            "  :broker:\n"
            "    kind: rabbitmq\n"
            f"    queues: [{service_text.EVENTS}]\n"
            f"    deployment: {'cluster' if large else 'single'}\n"
            "    password: BROKER_PASSWORD\n"
        )


def _edge(answers: Answers, environment: str) -> Iterator[str]:
    if answers.named("web", "api"):
        days = 180 if environment == "prod" else 30
        yield f"  :edge:\n    waf: {{enabled: true}}\n    accessLogDays: {days}\n"


def _images(answers: Answers, environment: str) -> str:
    before = answers.environments.index(environment) - 1
    source = (
        "    build: true # from images/Dockerfile.<image>; later environments promote the digests"
        if before < 0
        else f"    promote: {answers.environments[before]} # its digests: nothing is built here"
    )
    pull = "" if answers.uses_ecr else "    pullSecret: REGISTRY_CREDENTIALS\n"
    return f"  :images:\n    registry: {answers.registry}\n{source}\n{pull}"


def _operations(answers: Answers, environment: str) -> str:
    exec_ = "false" if environment == "prod" else "true # ECS Exec, every session logged"
    people = f"ops@{answers.host or 'example.com'}"
    return (
        f"  :cluster: {{exec: {exec_.split()[0]}, containerInsights: enabled}}\n\n"
        f"  :alarms: {{emails: [{people}]}}\n"
    )


def _monitoring(answers: Answers, environment: str) -> Iterator[str]:
    if answers.monitoring == "off":
        return
    host = answers.host_of(environment)
    grafana = f"grafana.{host}" if host else "grafana.example.com"
    yield (
        "  :monitoring:\n"
        f"    mode: {answers.monitoring}\n"
        "    alerting:\n"
        f"      runbooksUrl: https://github.com/{answers.repository}/blob/main/\n"
        f"      grafanaUrl: https://{grafana}\n"
        "      receivers:\n"
        "        team: {sns: true} # the people of alarms\n"
        "      default: team\n"
    )


def _migrations(answers: Answers) -> Iterator[str]:
    if _has_sample(answers, "backend"):
        yield "  :migrations:\n    service: backend\n    command: [node, dist/migrate.js]\n"


def _secrets(answers: Answers, environment: str) -> Iterator[str]:
    lines: list[str] = []
    if not answers.uses_ecr:
        lines.append(f"    REGISTRY_CREDENTIALS: secretsmanager:{answers.project}/registry")
    if answers.monitoring == "self-hosted":
        path = f"/{answers.project}/{environment}/grafana-admin-password"
        lines.append(f"    GRAFANA_ADMIN_PASSWORD: ssm:{path}")
    lines += [f"    {name}: {UNSET}" for name in secrets_of(answers)]
    if lines:
        yield "\n".join(["  :secrets:", *lines]) + "\n"
