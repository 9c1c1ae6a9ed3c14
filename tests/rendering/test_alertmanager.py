"""Alertmanager's configuration, in the real Alertmanager and amtool."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from commands.render import alertmanager_files
from commands.render.alertmanager_files import FOLDER, AlertingError, rendered
from rendering.alertmanager import alertmanager_config, urls_template
from settings.monitoring.alerting import AlertingSettings, problems, secret_names
from tests.support.alertmanager_server import ALERTMANAGER, Alertmanager, running
from tests.support.nginx_server import free_port
from tests.support.waiting import until
from tests.support.webhook_receiver import http_receiver, mail_server

AMTOOL = shutil.which("amtool")
TOPIC = "arn:aws:sns:eu-west-1:111122223333:plataforma-prod-alarms"
OTHER_TOPIC = "arn:aws:sns:us-east-1:111122223333:elsewhere"
FULL: dict[str, Any] = {
    "runbooksUrl": "https://code.example.com/plataforma/blob/main/",
    "grafanaUrl": "https://grafana.example.com",
    "receivers": {
        "pager": {"pagerduty": "PAGERDUTY_KEY"},
        "backend-chat": {"slack": {"channel": "#backend", "webhook": "SLACK_WEBHOOK"}},
        "mail": {
            "email": {
                "to": ["a@example.com", "b@example.com"],
                "from": "alerts@example.com",
                "smarthost": "smtp.example.com:587",
                "username": "alerts",
                "password": "SMTP_PASSWORD",
            },
            "sns": True,
        },
        "far": {"sns": OTHER_TOPIC, "webhook": "http://tickets.example.com/new"},
        "beat": {"webhook": "http://beat.example.com/"},
    },
    "routes": [
        {"severity": "page", "owner": "backend", "receiver": "pager"},
        {"owner": "backend", "receiver": "backend-chat"},
        {"owner": "frontend", "receiver": "backend-chat"},
        {"severity": "page", "receiver": "pager"},
        {"severity": "ticket", "owner": "worker", "receiver": "far"},
    ],
    "default": "mail",
    "watchdog": "beat",
}
BURN = {
    "labels": {
        "alertname": "ApiAvailabilityBurn",
        "slo": "api-availability",
        "service": "backend",
        "environment": "prod",
        "severity": "page",
        "owner": "backend",
        "burn_rate": "14.4",
        "long_window": "1h",
        "short_window": "5m",
    },
    "annotations": {
        "summary": "2 % of requests fail & <burn> the budget",
        "description": "Users see errors.",
        "runbook": "docs/runbooks/ApiAvailabilityBurn.md",
        "dashboard": "/d/service?var-service=backend",
    },
}
DASHBOARD = "https://grafana.example.com/d/service?var-service=backend"
RUNBOOK = "https://code.example.com/plataforma/blob/main/docs/runbooks/ApiAvailabilityBurn.md"
SILENCE = (
    "https://grafana.example.com/alerting/silence/new?alertmanager=Alertmanager"
    "&matcher=alertname%3DApiAvailabilityBurn&matcher=environment%3Dprod"
    "&matcher=service%3Dbackend&matcher=slo%3Dapi-availability"
)


def needs(binary: str | None, name: str) -> pytest.MarkDecorator:
    required = os.environ.get("REQUIRE_SERVICES") == "1"
    return pytest.mark.skipif(binary is None and not required, reason=f"{name} is not installed")


needs_amtool = needs(AMTOOL, "amtool")
needs_alertmanager = needs(ALERTMANAGER, "Alertmanager")


def amtool(*arguments: str) -> str:
    assert AMTOOL, "amtool is not installed"
    command = [AMTOOL, "--no-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def alerting(raw: Mapping[str, Any]) -> AlertingSettings:
    return AlertingSettings.model_validate_json(json.dumps(raw))


def config_of(raw: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The configuration as AWS gets it, with templates and secrets in a folder."""
    settings = alerting(raw)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(FOLDER / "templates/plataforma.tmpl", folder)
    (folder / "urls.tmpl").write_text(urls_template(settings))
    return alertmanager_config(
        settings,
        secrets_dir=str(folder),
        templates=[f"{folder}/*.tmpl"],
        sns_topic_arn=TOPIC,
        region="eu-west-1",
    )


def hurried(config: dict[str, Any]) -> dict[str, Any]:
    """The same without the waits that bundle alerts."""
    quick = copy.deepcopy(config)
    for route in (quick["route"], *quick["route"]["routes"]):
        if "group_wait" in route:
            route |= {"group_wait": "0s", "group_interval": "1s"}
    return quick


# --- Files and routes -----------------------------------------------------------------------------


def test_the_files_are_as_their_source_says():
    for path, text in rendered().items():
        assert path.read_text() == text, f"{path} is out of date: make rules"


@needs_amtool
def test_alertmanager_takes_both_configurations(tmp_path: Path):
    amtool("check-config", str(FOLDER / "alertmanager.yml"))
    full = tmp_path / "alertmanager.yml"
    full.write_text(yaml.safe_dump(config_of(FULL, tmp_path / "files")))
    assert "5 receivers" in amtool("check-config", str(full))


def test_secrets_are_named_and_stand_in_files_alone(tmp_path: Path):
    raw = copy.deepcopy(FULL)
    raw["receivers"]["beat"] = {"webhook": "BEAT_ADDRESS"}
    settings = alerting(raw)
    assert secret_names(settings) == {
        "BEAT_ADDRESS",
        "PAGERDUTY_KEY",
        "SLACK_WEBHOOK",
        "SMTP_PASSWORD",
    }
    text = json.dumps(config_of(raw, tmp_path))
    for name in secret_names(settings):
        assert f'_file": "{tmp_path}/{name.lower()}"' in text


@needs_amtool
@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        ("severity=page owner=backend", "pager"),
        ("severity=ticket owner=backend", "backend-chat"),
        ("severity=page owner=frontend", "backend-chat"),
        ("severity=page owner=worker", "pager"),
        ("severity=page", "pager"),
        ("severity=ticket owner=worker", "far"),
        ("severity=ticket owner=platform", "mail"),
        ("owner=worker", "mail"),
        ("alertname=Watchdog severity=none owner=platform", "beat"),
        ("alertname=Watchdog severity=page owner=backend", "beat"),
    ],
)
def test_labels_lead_to_a_receiver(tmp_path: Path, labels: str, receiver: str):
    path = tmp_path / "alertmanager.yml"
    path.write_text(yaml.safe_dump(config_of(FULL, tmp_path)))
    found = amtool("config", "routes", "test", f"--config.file={path}", *labels.split())
    assert found.strip() == receiver


def test_pages_come_soon_and_often_whatever_route_takes_them(tmp_path: Path):
    raw = {**FULL, "routes": [{"receiver": "pager"}]}
    for source in (raw, {**FULL, "routes": []}):
        root = config_of(source, tmp_path)["route"]
        page = next(r for r in root["routes"] if 'severity="page"' in r["matchers"])
        assert (page["group_wait"], page["repeat_interval"]) == ("30s", "1h")
        tickets = [r for r in root["routes"] if 'severity!="page"' in r["matchers"]]
        assert not any("group_wait" in route for route in tickets)
        assert (root["group_wait"], root["repeat_interval"]) == ("5m", "24h")


# --- Bad input ------------------------------------------------------------------------------------

BAD = """
runbooksUrl: code.example.com
grafanaUrl: http://127.0.0.1:3001
receivers:
  platform-chat: {slack: {channel: "#platform", webhook: "https://hooks.example.com/hunter2"}}
  pager: {pagerduty: hunter2}
  mail: {email: {to: [], from: a@example.com, smarthost: smtp.example.com, password: hunter2}}
  hook: {webhook: "https://user:hunter2@example.com/"}
  phone: {sms: "+351"}
routes:
  - {severity: critical, receiver: pager}
  - {owner: platfrom, receiver: platfrom-chat}
default: nowhere
"""
INCONSISTENT = """
runbooksUrl: https://code.example.com
grafanaUrl: http://127.0.0.1:3001
receivers:
  mail: {email: {to: [a@example.com], from: b@example.com, smarthost: "smtp:25", username: a}}
  topic: {sns: true}
  spare: {webhook: "http://127.0.0.1/"}
  quiet: {}
routes:
  - {severity: ticket, receiver: topic}
  - {severity: ticket, owner: worker, receiver: mail}
  - {severity: page, owner: data, receiver: mail}
  - {severity: page, owner: worker, receiver: quiet}
default: quiet
watchdog: mail
"""


def problems_of(text: str, folder: Path) -> list[str]:
    source = folder / "alerting.yml"
    source.write_text(text)
    with pytest.raises(AlertingError) as refused:
        rendered(source)
    assert "hunter2" not in str(refused.value)
    return [f"{problem.path}: {problem.text}" for problem in refused.value.problems]


def check_lines(found: list[str], expected: list[str]) -> None:
    missing = [line for line in expected if not any(f.startswith(line) for f in found)]
    assert not missing, "\n".join(found)
    assert len(found) == len(expected), "\n".join(found)


def test_everything_that_is_malformed_or_unknown_is_told_at_once(tmp_path: Path):
    secret = "is not the name of a secret"
    expected = [
        "default: unknown receiver nowhere. Known: hook, mail, pager, phone, platform-chat.",
        "receivers.hook.webhook: is neither a secret's name nor a plain http(s):// address.",
        f"receivers.mail.email.password: {secret}",
        "receivers.mail.email.smarthost: 'smtp.example.com' is not allowed. Allowed: host:port",
        "receivers.mail.email.to: a list is not allowed. Allowed: E-mail addresses, at least one.",
        f"receivers.pager.pagerduty: {secret}",
        "receivers.phone.sms: unknown key. Did you mean sns? Known here: email, pagerduty,",
        f"receivers.platform-chat.slack.webhook: {secret}",
        "routes.0.severity: 'critical' is not allowed. Allowed: 'page' or 'ticket'.",
        "routes.1.owner: unknown owner platfrom. Did you mean platform?",
        "routes.1.receiver: unknown receiver platfrom-chat. Did you mean platform-chat?",
        "runbooksUrl: 'code.example.com' is not allowed. Allowed: http(s):// address",
    ]
    check_lines(problems_of(BAD, tmp_path), expected)


def test_everything_that_does_not_fit_together_is_told_at_once(tmp_path: Path):
    expected = [
        "default: pages of backend, frontend, platform reach no one",
        "receivers.mail.email: username and password go together",
        "receivers.spare: is never used",
        "receivers.topic.sns: true is the stack's own topic, on AWS",
        "routes.1: is never reached: routes.0 takes the same alerts before it.",
        "routes.2.owner: unknown owner data.",
        "routes.3.receiver: pages of worker reach no one",
        "watchdog: mail would be told each minute",
    ]
    check_lines(problems_of(INCONSISTENT, tmp_path), expected)


def test_on_aws_a_page_must_reach_someone_and_the_topic_is_there():
    quiet = {**FULL, "receivers": {"quiet": {}}, "routes": [], "default": "quiet", "watchdog": None}
    found = list(problems(alerting(quiet), on_aws=True))
    assert [problem.path for problem in found] == ["default"]
    assert not list(problems(alerting(quiet), on_aws=False))
    assert not list(problems(alerting(FULL), on_aws=True))


def test_no_file_and_no_map_are_clear(tmp_path: Path):
    assert problems_of("- a\n", tmp_path) == ["(file): is not a map of keys."]
    assert "not YAML" in problems_of("a: [", tmp_path)[0]
    assert alertmanager_files.read(alertmanager_files.SOURCE).default == "local"


# --- Inhibition -----------------------------------------------------------------------------------


def labels(case: str, **given: str) -> dict[str, dict[str, str]]:
    return {"labels": {"case": case, "alertname": "A", "environment": "prod", **given}}


@needs_alertmanager
def test_a_page_silences_the_tickets_of_its_slo_alone(tmp_path: Path):
    with running(config_of(FULL, tmp_path / "files"), tmp_path) as server:
        server.post(
            labels("page", severity="page", slo="api-latency"),
            labels("page without slo", severity="page"),
            labels("ticket", severity="ticket", slo="api-latency"),
            labels(
                "budget", severity="ticket", slo="api-latency", alertname="ErrorBudgetExhausted"
            ),
            labels("other slo", severity="ticket", slo="job-success"),
            labels("no slo", severity="ticket"),
            labels("elsewhere", severity="ticket", slo="api-latency", environment="staging"),
            labels("second page", severity="page", slo="api-latency", burn_rate="6"),
        )
        until(lambda: len(server.inhibited()) >= 2, "the page silences its tickets")
        assert server.inhibited() == {"ticket", "budget"}
        assert len(server.alerts()) == 8


@needs_alertmanager
def test_platform_down_silences_all_but_the_watchdog(tmp_path: Path):
    with running(config_of(FULL, tmp_path / "files"), tmp_path) as server:
        server.post(
            labels("platform", alertname="PlatformDown", severity="page"),
            labels("watchdog", alertname="Watchdog", severity="none"),
            labels("page", severity="page", slo="api-latency"),
            labels("ticket", severity="ticket"),
            labels("elsewhere", severity="page", environment="staging"),
        )
        until(lambda: len(server.inhibited()) >= 2, "PlatformDown silences the rest")
        assert server.inhibited() == {"page", "ticket"}


# --- Messages -------------------------------------------------------------------------------------


@needs_alertmanager
def test_slack_and_mail_carry_slo_burn_and_links(tmp_path: Path):
    with http_receiver() as web, mail_server() as post, ExitStack() as stack:
        raw = copy.deepcopy(FULL)
        email = raw["receivers"]["mail"]["email"]
        email |= {"smarthost": f"127.0.0.1:{post.port}", "requireTls": False}
        email |= {"username": None, "password": None}
        told = {**raw["receivers"]["backend-chat"], "email": email}
        raw |= {"receivers": {"all": told}, "routes": [], "default": "all", "watchdog": None}
        files = tmp_path / "files"
        config = hurried(config_of(raw, files))
        (files / "slack_webhook").write_text(f"http://127.0.0.1:{web.port}/slack")
        server = stack.enter_context(running(config, tmp_path))
        server.post(BURN)
        until(lambda: web.requests and post.mails, "Slack and the mail server are told")

    title = "[page] ApiAvailabilityBurn api-availability backend in prod"
    burn = "SLO api-availability, burn rate 14.4x over 1h and 5m"
    attachment = web.bodies("/slack")[0]["attachments"][0]
    assert attachment["title"] == title
    assert attachment["title_link"] == DASHBOARD
    assert attachment["color"] == "danger"
    assert attachment["text"].split("\n") == [
        "*2 % of requests fail &amp; &lt;burn&gt; the budget*",
        "Users see errors.",
        burn,
        f"<{DASHBOARD}|Dashboard> | <{RUNBOOK}|Runbook>",
        "",
        f"<{SILENCE}|Silence>",
    ]
    mail = post.mails[0]
    assert mail["Subject"] == title
    plain, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert plain
    assert html
    for line in (burn, f"Dashboard: {DASHBOARD}", f"Runbook: {RUNBOOK}", f"Silence: {SILENCE}"):
        assert line in plain.get_content().splitlines()
    assert "2 % of requests fail & <burn> the budget" in plain.get_content()
    for part in (burn, f'href="{DASHBOARD}"', f'href="{RUNBOOK}"', f'href="{SILENCE}"'):
        assert part in html.get_content()
    assert "fail &amp; &lt;burn&gt; the budget</h2>" in html.get_content()


@needs_amtool
def test_pagerduty_and_sns_carry_the_same(tmp_path: Path):
    config = config_of(FULL, tmp_path)
    receivers = {receiver["name"]: receiver for receiver in config["receivers"]}
    sns, pager = receivers["mail"]["sns_configs"][0], receivers["pager"]["pagerduty_configs"][0]
    assert [sns["sigv4"]["region"], sns["topic_arn"]] == ["eu-west-1", TOPIC]
    assert receivers["far"]["sns_configs"][0]["sigv4"] == {"region": "us-east-1"}

    data = tmp_path / "data.json"
    group = ("alertname", "slo", "service", "environment")
    alert = {"status": "firing", **BURN}
    content = {
        "status": "firing",
        "alerts": [alert],
        "groupLabels": {name: BURN["labels"][name] for name in group},
        "commonLabels": BURN["labels"],
        "externalURL": "http://alertmanager.example.com",
    }
    data.write_text(json.dumps(content))

    def shown(text: str) -> str:
        glob = f"--template.glob={tmp_path}/*.tmpl"
        source = f"--template.data={data}"
        return amtool("template", "render", glob, source, f"--template.text={text}").strip()

    assert shown(sns["subject"]).isascii()
    for text in (sns["message"], pager["details"]["text"]):
        message = shown(text)
        for part in ("burn rate 14.4x", DASHBOARD, RUNBOOK, SILENCE, "Users see errors."):
            assert part in message
    assert shown(pager["severity"]) == "critical"
    assert [shown(link["href"]) for link in pager["links"]] == [DASHBOARD, RUNBOOK, SILENCE]


# --- Two peers ------------------------------------------------------------------------------------


@needs_alertmanager
def test_two_peers_tell_once(tmp_path: Path):
    with http_receiver() as web, ExitStack() as stack:
        hook = {"webhook": f"http://127.0.0.1:{web.port}/hook"}
        raw = {**FULL, "receivers": {"hook": hook}, "routes": [], "default": "hook"}
        config = hurried(config_of({**raw, "watchdog": None}, tmp_path / "files"))
        ports = [free_port(), free_port()]
        peers = [
            stack.enter_context(running(config, tmp_path / str(number), peer_flags(number, ports)))
            for number in range(2)
        ]
        until(lambda: all(len(cluster(peer)["peers"]) == 2 for peer in peers), "the peers meet")
        until(lambda: all(cluster(peer)["status"] == "ready" for peer in peers), "they settle")
        for peer in peers:
            peer.post(BURN)
        # The log is asked before each telling, one after the other: a second question means that
        # the first telling, where there was one, is over.
        queries = "alertmanager_nflog_queries_total"
        until(lambda: all(peer.metric(queries) >= 2 for peer in peers), "each peer decided twice")
        assert len(web.bodies("/hook")) == 1


def cluster(peer: Alertmanager) -> Any:
    return peer.status()["cluster"]


def peer_flags(number: int, ports: list[int]) -> list[str]:
    here = f"127.0.0.1:{ports[number]}"
    return [
        f"--cluster.listen-address={here}",
        f"--cluster.advertise-address={here}",
        *(f"--cluster.peer=127.0.0.1:{port}" for port in ports if port != ports[number]),
        "--cluster.gossip-interval=20ms",
        "--cluster.peer-timeout=3s",
    ]
