"""Who is notified of which alert: receivers and routes, as the stack config and the compose stack
(monitoring/alertmanager/alerting.yml) write them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from settings.problems import Problem, listed, nearest
from settings.section import Name, Section

OWNERS = ("backend", "frontend", "platform", "worker")
SECRET_NAME = r"^[A-Z][A-Z0-9_]*$"  # noqa: S105
PLAIN_ADDRESS = r"^https?://[^\s/@?#]+(/[^\s?#]*)?$"
TOPIC_ARN = r"^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+$"
TOPIC_SCHEMA = {"anyOf": [{"const": True}, {"type": "string", "pattern": TOPIC_ARN}]}
STACK_TOPIC = "stack"


def _secret_name(value: object) -> object:
    """Its error shows nothing of the value, which may be the secret itself."""
    if not (isinstance(value, str) and re.match(SECRET_NAME, value)):
        raise ValueError(
            "is not the name of a secret (upper-case letters, digits and underscores). "
            "Only a name belongs here, never the secret itself"
        )
    return value


def _address(value: str) -> str:
    if not (re.match(SECRET_NAME, value) or re.match(PLAIN_ADDRESS, value)):
        raise ValueError(
            "is neither a secret's name nor a plain http(s):// address. An address with a user, "
            "a password or a query is a secret: keep it as one and write the secret's name"
        )
    return value


def _topic(value: object) -> object:
    return STACK_TOPIC if value is True else value


SecretName = Annotated[
    str,
    BeforeValidator(_secret_name),
    WithJsonSchema({"type": "string", "pattern": SECRET_NAME}),
]
Address = Annotated[
    str,
    AfterValidator(_address),
    WithJsonSchema({"type": "string", "pattern": f"{SECRET_NAME}|{PLAIN_ADDRESS}"}),
]
Topic = Annotated[
    str,
    BeforeValidator(_topic),
    Field(pattern=rf"^{STACK_TOPIC}$|{TOPIC_ARN}"),
    WithJsonSchema(TOPIC_SCHEMA),
]
MailAddress = Annotated[
    str, Field(pattern=r"^[^@\s,]+@[^@\s,]+\.[^@\s,]+$", description="An e-mail address.")
]
BaseAddress = Annotated[str, Field(pattern=r'^https?://[^\s{}"?#]+$')]


class Email(Section):
    """Mail by SMTP."""

    to: tuple[MailAddress, ...] = Field(min_length=1, description="E-mail addresses, at least one.")
    sender: MailAddress = Field(alias="from", description="The sender's e-mail address.")
    smarthost: str = Field(
        pattern=r"^[a-z0-9.-]+:\d{1,5}$",
        description="host:port of the mail server, e.g. smtp.example.com:587.",
    )
    username: str | None = Field(
        default=None, min_length=1, description="User name at the mail server; with a password."
    )
    password: SecretName | None = Field(
        default=None, description="The name of the secret that holds its password."
    )
    require_tls: bool = Field(
        default=True, description="Refuse a server without STARTTLS: true or false."
    )


class Slack(Section):
    """A Slack channel."""

    channel: str = Field(
        pattern=r"^[#@]?[^\s#@]+$", description='Channel in quotes, e.g. "#platform".'
    )
    webhook: SecretName = Field(
        description="The name of the secret that holds the incoming webhook's address."
    )


class Receiver(Section):
    """One or several ways to notify people. Without any, only Grafana and Alertmanager show the
    alerts."""

    email: Email | None = Field(default=None, description="Mail by SMTP.")
    slack: Slack | None = Field(default=None, description="A Slack channel.")
    pagerduty: SecretName | None = Field(
        default=None,
        description="The name of the secret that holds an Events API v2 integration key.",
    )
    webhook: Address | None = Field(
        default=None,
        description="http(s):// address that gets Alertmanager's JSON, or the name of the secret "
        "that holds it (Alertmanager 0.26 or newer).",
    )
    sns: Topic | None = Field(
        default=None, description="true (the stack's alarm topic, on AWS) or a topic's ARN."
    )

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(name for name in type(self).model_fields if getattr(self, name) is not None)


class AlertRoute(Section):
    """Which alerts a receiver gets. The first route that matches takes the alert."""

    severity: Literal["page", "ticket"] | None = Field(
        default=None, description="page or ticket; default: both."
    )
    owner: str | None = Field(
        default=None,
        min_length=1,
        description="The alert's owner: backend, worker, frontend or platform; default: any.",
    )
    receiver: Name = Field(description="A name under receivers.")


class AlertingSettings(Section):
    """Alertmanager: who is notified of which alert."""

    runbooks_url: BaseAddress = Field(
        description="http(s):// address before docs/runbooks/<alert>.md, e.g. "
        "https://github.com/owner/name/blob/main/."
    )
    grafana_url: BaseAddress = Field(
        description="http(s):// address of Grafana, which links to dashboards begin with."
    )
    receivers: dict[Name, Receiver] = Field(min_length=1, description="Receivers by name.")
    routes: tuple[AlertRoute, ...] = Field(
        default=(), description="Routes in order; the first that matches takes the alert."
    )
    default: Name = Field(description="The receiver of all alerts that no route takes.")
    watchdog: Name | None = Field(
        default=None,
        description="A receiver with a webhook alone, called each minute while the monitoring "
        "works: a service outside that raises the alarm when the calls end.",
    )


def problems(
    alerting: AlertingSettings, *, on_aws: bool, owners: Collection[str] = OWNERS
) -> Iterator[Problem]:
    """What is wrong between the keys of `alerting`, which on AWS has the stack's own topic."""
    yield from reference_problems(alerting.model_dump(by_alias=True), owners)
    yield from _unused_receivers(alerting)
    yield from _receivers(alerting, on_aws)
    yield from _watchdog(alerting)
    yield from _unreached_routes(alerting)
    yield from _pages_without_a_recipient(alerting, on_aws, owners)


def reference_problems(
    written: Mapping[str, Any], owners: Collection[str] = OWNERS
) -> Iterator[Problem]:
    """Unknown names, found also in a section that is itself invalid."""
    receivers = _map(written.get("receivers"))
    for path, name in _receiver_references(written):
        if name not in receivers:
            text = f"unknown receiver {name}.{nearest(name, receivers)} Known: {listed(receivers)}."
            yield Problem(path, text)
    for number, route in _routes(written):
        owner = route.get("owner")
        if isinstance(owner, str) and owner not in owners:
            text = f"unknown owner {owner}.{nearest(owner, owners)} Known: {listed(owners)}."
            yield Problem(f"routes.{number}.owner", text)


def secret_names(alerting: AlertingSettings) -> set[str]:
    """Names of the secrets that Alertmanager needs as files."""
    used: set[str | None] = set()
    for receiver in alerting.receivers.values():
        used |= {receiver.pagerduty}
        used |= {receiver.slack.webhook} if receiver.slack else set()
        used |= {receiver.email.password} if receiver.email else set()
        used |= {receiver.webhook} if is_secret(receiver.webhook) else set()
    return {name for name in used if name}


def is_secret(address: str | None) -> bool:
    """Whether a webhook's address is written as a secret's name."""
    return address is not None and re.match(SECRET_NAME, address) is not None


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _routes(written: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    routes = written.get("routes")
    listing: Iterable[Any] = routes if isinstance(routes, list | tuple) else ()
    yield from enumerate(map(_map, listing))


def _receiver_references(written: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each place that names a receiver, and the name."""
    places = [("default", written.get("default")), ("watchdog", written.get("watchdog"))]
    places += [(f"routes.{n}.receiver", route.get("receiver")) for n, route in _routes(written)]
    yield from ((path, name) for path, name in places if isinstance(name, str))


def _unused_receivers(alerting: AlertingSettings) -> Iterator[Problem]:
    used = {name for _, name in _receiver_references(alerting.model_dump(by_alias=True))}
    for name in alerting.receivers:
        if name not in used:
            yield Problem(f"receivers.{name}", "is never used: give it a route, or take it out.")


def _receivers(alerting: AlertingSettings, on_aws: bool) -> Iterator[Problem]:
    for name, receiver in alerting.receivers.items():
        email = receiver.email
        if email and (email.username is None) != (email.password is None):
            text = "username and password go together: give both, or neither."
            yield Problem(f"receivers.{name}.email", text)
        if receiver.sns == STACK_TOPIC and not on_aws:
            text = "true is the stack's own topic, on AWS; elsewhere give a topic's ARN."
            yield Problem(f"receivers.{name}.sns", text)


def _watchdog(alerting: AlertingSettings) -> Iterator[Problem]:
    watchdog = alerting.receivers.get(alerting.watchdog or "")
    if watchdog and watchdog.kinds != ("webhook",):
        text = f"{alerting.watchdog} would be told each minute: name one with a webhook alone."
        yield Problem("watchdog", text)


def _unreached_routes(alerting: AlertingSettings) -> Iterator[Problem]:
    for number, route in enumerate(alerting.routes):
        earlier = enumerate(alerting.routes[:number])
        first = next((n for n, other in earlier if _covers(other, route)), None)
        if first is not None:
            text = f"is never reached: routes.{first} takes the same alerts before it."
            yield Problem(f"routes.{number}", text)


def _covers(one: AlertRoute, other: AlertRoute) -> bool:
    return one.severity in (None, other.severity) and one.owner in (None, other.owner)


def _pages_without_a_recipient(
    alerting: AlertingSettings, on_aws: bool, owners: Collection[str]
) -> Iterator[Problem]:
    """Off AWS a stack whose receivers are all empty is a developer's own machine."""
    if not on_aws and not any(receiver.kinds for receiver in alerting.receivers.values()):
        return
    owners_by_path: dict[str, list[str]] = {}
    for owner in owners:
        page = AlertRoute.model_construct(severity="page", owner=owner, receiver="")
        matching = ((n, r) for n, r in enumerate(alerting.routes) if _covers(r, page))
        number, route = next(matching, (None, None))
        name = route.receiver if route else alerting.default
        if name in alerting.receivers and not alerting.receivers[name].kinds:
            path = "default" if route is None else f"routes.{number}.receiver"
            owners_by_path.setdefault(path, []).append(owner)
    for path, silent in owners_by_path.items():
        text = f"pages of {listed(silent)} reach no one: give this receiver a way to tell people."
        yield Problem(path, text)
