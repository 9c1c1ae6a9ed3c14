"""The real Alertmanager: inhibition, messages, two peers."""

from __future__ import annotations

import copy
import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.rendering.alerting import (
    BURN,
    DASHBOARD,
    FULL,
    RUNBOOK,
    SILENCE,
    TOPIC,
    amtool,
    config_of,
    hurried,
)
from tests.support.alertmanager_server import Alertmanager, running
from tests.support.nginx_server import free_port
from tests.support.waiting import until
from tests.support.webhook_receiver import http_receiver, mail_server

# --- Inhibition -----------------------------------------------------------------------------------


def labels(case: str, **given: str) -> dict[str, dict[str, str]]:
    return {"labels": {"case": case, "alertname": "A", "environment": "prod", **given}}


@pytest.mark.needs("alertmanager")
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


@pytest.mark.needs("alertmanager")
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


@pytest.mark.needs("alertmanager")
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


@pytest.mark.needs("amtool")
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


@pytest.mark.needs("alertmanager")
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
