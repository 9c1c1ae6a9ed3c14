"""The account's stack file, bootstrap/Pulumi.account.yaml, and the overlay of pull requests."""

from __future__ import annotations

from commands.init.answers import Answers
from commands.init.stack_text import secrets_of

ACCOUNT = """\
# What one AWS account needs once: `make bootstrap`. What each key means stands in settings.py, and
# README.md says what is made of it.
config:
  {p}:account: "{account}"
  {p}:region: {region}
  # As in the `sub` of its tokens: of a repository made or renamed since 15 July 2026
  # owner@<id>/name@<id> (README.md).
  {p}:repository: {repository}
  {p}:stateBucket: {bucket}
{registry}\
  # In the order of promotion, in which the pipeline deploys them: an environment reads the state of
  # those before it. `hosts` lists hosts of services that are not below the domain, `resources` what
  # tasks may use besides what bears their environment's name: secrets, or ARNs. All but the first
  # wait for reviewers, whom a private repository has with GitHub Enterprise alone: then write
  # `approval: false`, which deploys without asking.
  {p}:environments:
{environments}
  # Stacks pr<number>, made for a pull request and removed with it, in the VPC of an environment.
  {p}:ephemeral: {ephemeral}
  # Whoever may push a branch can read the secrets of these: a preview decrypts them. Pull requests
  # get the in-process preview of the others, which decrypts nothing; main previews them.
  {p}:pullRequestPreviews: [{previews}]
"""
OVERLAY = """\
# The environment of a pull request, pr<number>: how it differs from the stack that it is based on.
# `python -m delivery environment --pr N --dry-run` prints the resulting stack file.
from: {base}

# Its secrets are encrypted with a separate key: output secretsProviders of bootstrap/.
secretsProvider: awskms://alias/{p}-secrets-preview?region={region}

# Maps are merged with that stack's, null removes a key, all else replaces it (RFC 7396). {{name}}
# is pr<number>. `network` is written by the command: the VPC is the stack's, whose NAT it shares.
config:
  {p}:environment: "{{name}}"
  {p}:permissionsBoundary: {p}-boundary-ephemeral # one for all of them
{parts}  {p}:cluster: {{containerInsights: disabled}}
  {p}:alarms: null
  {p}:monitoring: null

# Merged with each of its services: one task, on spot capacity, logs in CloudWatch.
services:
  spotShare: 100
  logDriver: null
  logRetentionDays: 1
  rollout: null
  scaling:
    min: 1
    max: 1
    cpu: null
    memory: null
    requestsPerTarget: null
    queue: null
    schedules: null

# Merged with each of its jobs: they run by hand alone.
jobs: {{schedule: null, timezone: null, enabled: null}}

# Merged with each of its volumes.
volumes: {{backups: false}}

# All that it has: none of that stack's reaches a pull request unless it is named here. In a value
# of its own, made once for each environment, RANDOM stands for 40 letters and digits.
secrets:{secrets}
"""
RANDOM = {"JWT_SIGNING_KEYS": """{random: '{"pr": "RANDOM"}'}"""}


def account_text(answers: Answers) -> str:
    environments = [
        f"    - {_place(answers, answers.host_of(name), f'name: {name}')}"
        for name in answers.environments
    ]
    preview = f"preview.{answers.host}" if answers.host else None
    return ACCOUNT.format(
        p=answers.project,
        account=answers.account,
        region=answers.region,
        repository=answers.repository,
        bucket=state_bucket(answers),
        registry=f"  {answers.project}:registry: {answers.registry}\n" if answers.uses_ecr else "",
        environments="\n".join(environments),
        ephemeral=_place(answers, preview, f"network: {answers.environments[0]}"),
        previews=_previewed(answers.environments[0]),
    )


def _previewed(first: str) -> str:
    """The first environment, unless that is production."""
    return "" if first == "prod" else first


def state_bucket(answers: Answers) -> str:
    """Unique in all of AWS, so it holds the account."""
    return f"{answers.project}-state-{answers.account}"


def overlay_text(answers: Answers) -> str:
    p, parts = answers.project, list[str]()
    if answers.host:
        parts.append(f'  {p}:domain: "{{name}}.preview.{answers.host}"\n')
    if answers.has("database"):
        parts.append(
            f"  {p}:database:\n"
            "    instanceClass: db.t4g.micro\n"
            "    storage: {gib: 20, maxGib: 30}\n"
            "    multiAz: false\n"
            "    backups: {retentionDays: 1}\n"
        )
    if answers.has("cache"):
        parts.append(
            f"  {p}:cache: {{nodeType: cache.t4g.micro, replicas: 0, snapshotRetentionDays: 0}}\n"
        )
    if answers.has_broker:
        parts.append(f"  {p}:broker: {{kind: sqs}}\n")
    if answers.named("web", "api"):
        cdn = "    cdn: {enabled: false}\n" if answers.host else ""
        parts.append(f"  {p}:edge:\n    waf: {{enabled: false}}\n{cdn}    accessLogDays: 1\n")
    return OVERLAY.format(
        p=p,
        base=answers.environments[0],
        region=answers.region,
        parts="".join(parts),
        secrets=_secrets(answers),
    )


def _secrets(answers: Answers) -> str:
    lines = (
        []
        if answers.uses_ecr
        else [f"REGISTRY_CREDENTIALS: secretsmanager:{answers.project}/registry"]
    )
    own = [name for name in secrets_of(answers) if name != "BROKER_PASSWORD"]
    lines += [f"{name}: {RANDOM.get(name, '{random: RANDOM}')}" for name in own]
    return "".join(f"\n  {line}" for line in lines) if lines else " {}"


def _place(answers: Answers, domain: str | None, first: str) -> str:
    parts = [first]
    if domain:
        parts += [f"domain: {domain}", f"zone: {answers.zone}"]
    if not answers.uses_ecr:
        parts.append(f"resources: [secretsmanager:{answers.project}/registry]")
    return f"{{{', '.join(parts)}}}"
