"""Alertmanager's files: rendered, checked, routed."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
import yaml

from commands.render import alertmanager_files
from commands.render.alertmanager_files import FOLDER, AlertingError, rendered
from settings.monitoring.alerting import problems, secret_names
from tests.rendering.alerting import FULL, alerting, amtool, config_of

# --- Files and routes -----------------------------------------------------------------------------


def test_the_files_are_as_their_source_says():
    for path, text in rendered().items():
        assert path.read_text() == text, f"{path} is out of date: make rules"


@pytest.mark.needs("amtool")
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


@pytest.mark.needs("amtool")
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
        "receivers.phone.sms: unknown key. Known here: email, pagerduty,",
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
