"""The services and jobs of a new stack file: the samples as they need to be, others as a start."""

from __future__ import annotations

from collections.abc import Iterator

from commands.init.answers import Answers
from settings.settings import Settings

EVENTS = "events"
PORTS = {"web": 8080, "api": 3000, "internal": 8080}
FRONTEND = """\
    frontend:
      image: frontend
      cpu: 256
      memory: 512
      user: "101"
      port: 8080
      route: {{paths: ["/*"]}}
      health: {{path: /healthz}}
      smokeTests:
        - {{path: /, contentType: text/html}}
        - {{path: /config.json, contentType: application/json, version: true}}
      metricsPort: 8081
      scaling: {scaling}
"""
BACKEND = """\
    backend:
      image: backend
      cpu: {cpu}
      memory: {memory}
      port: 3000
      route: {{paths: ["/api/*"], largeBodies: true}} # the API takes 256 KiB
      health: {{path: /healthz}}
      smokeTests:
        - {{path: /api/v1/openapi.json, contentType: application/json}}
        - {{path: /api/v1/none-such, codes: "404", contentType: application/problem+json}}
      secrets: [JWT_SIGNING_KEYS]
      database: true
      cache: true
      publishes: [events]
      environment: {{LOG_LEVEL: info}}
      metricsPort: 9464
      scaling: {scaling}
"""
WORKER = """\
    worker:
      image: worker
      cpu: {cpu}
      memory: {memory}
      database: true
      cache: true
      consumes: [events]
      environment: {{LOG_LEVEL: info, WORKER_CONCURRENCY: "5"}}
      health: {{command: [CMD, node, healthcheck.js, METRICS_PORT, "9464", /healthz]}}
      stopTimeoutSeconds: 120 # jobs in hand are finished or handed back
      metricsPort: 9464
      scaling:
        min: {least}
        max: 10
        queue: {{name: jobs, acceptableLatencySeconds: 60, averageJobSeconds: 4}}
"""
SAMPLES = {"frontend": FRONTEND, "backend": BACKEND, "worker": WORKER}


def services(answers: Answers, environment: str) -> str:
    """The section `services`, and `jobs` where there are any."""
    running = answers.named("web", "api", "worker", "internal")
    texts = [_service(answers, name, environment) for name in running]
    text = f"  {answers.project}:services:\n" + "".join(texts)
    jobs = answers.named("job")
    if jobs and "jobs" in Settings.model_fields:
        text = _jobs(answers, jobs) + "\n" + text
    return text


def _service(answers: Answers, name: str, environment: str) -> str:
    large = environment == "prod"
    if answers.is_sample(name):
        return SAMPLES[name].format(
            cpu=512 if large else 256,
            memory=1024 if large else 512,
            least=2 if large else 0,
            scaling=_scaling(large=large),
        )
    image = answers.image_of(name)
    lines = [f"    {name}:", f"      image: {image} # images/Dockerfile.{image}"]
    lines += [f"      {line}" for line in _start(answers, name, large=large)]
    return "\n".join(lines) + "\n"


def _start(answers: Answers, name: str, *, large: bool) -> Iterator[str]:
    kind = answers.kinds[name]
    yield "cpu: 256"
    yield "memory: 512"
    if kind == "web":
        yield 'user: "101" # of the Nginx image'
    if kind in PORTS:
        yield f"port: {PORTS[kind]}"
        yield "health: {path: /healthz}"
    if kind in ("web", "api"):
        yield f"route: {_route(answers, name)}"
    if kind == "internal":
        callers = answers.named("api", "worker") or answers.named("web")
        variable = f"{name.upper().replace('-', '_')}_URL"
        yield f"reachableBy: [{', '.join(callers)}] # they get the address as {variable}"
    if kind != "web":
        yield from _stores(answers, kind)
    if kind == "worker":
        yield "stopTimeoutSeconds: 60 # from SIGTERM: finish what is in hand, or hand it back"
    yield from _range(answers, kind, large=large)


def _stores(answers: Answers, kind: str) -> Iterator[str]:
    if answers.has("database"):
        yield "database: true"
    if answers.has("cache"):
        yield "cache: true"
    if answers.has_broker and kind in ("api", "worker"):
        yield f"{'consumes' if kind == 'worker' else 'publishes'}: [{EVENTS}]"


def _range(answers: Answers, kind: str, *, large: bool) -> Iterator[str]:
    if kind == "worker" and answers.has_broker:
        yield "scaling:"
        yield f"  min: {1 if large else 0}"
        yield "  max: 10"
        yield f"  queue: {{name: {EVENTS}, acceptableLatencySeconds: 60, averageJobSeconds: 2}}"
        return
    yield f"scaling: {_scaling(large=large)}"


def _scaling(*, large: bool) -> str:
    return "{min: 2, max: 6, cpu: 60}" if large else "{min: 1, max: 2, cpu: 70}"


def _route(answers: Answers, name: str) -> str:
    """The first web service has all paths that no API has; others have a path of their own."""
    webs, apis = answers.named("web"), answers.named("api")
    if name == (webs or apis)[0]:
        return '{paths: ["/*"]}'
    path = "api" if name in apis and name == apis[0] else name
    return f'{{paths: ["/{path}/*"]}}'


def _jobs(answers: Answers, jobs: list[str]) -> str:
    service = answers.named("api", "worker", "internal", "web")[0]
    lines = [f"  {answers.project}:jobs:"]
    for name in jobs:
        lines += [
            f"    {name}:",
            f"      service: {service}",
            f"      command: [echo, {name}] # until its own command is there",
            '      schedule: "cron(0 3 * * ? *)"',
        ]
    return "\n".join(lines) + "\n"
