"""The images that run on AWS alone: they build, and start as their tasks start them."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager

import pytest

from commands.local import images
from commands.local.containers import Stack
from settings.project import ROOT
from tests.support.waiting import until

PROMETHEUS = "global: {scrape_interval: 15s}\nrule_files: [/etc/prometheus/rules/*.yml]\n"
ALERTMANAGER = """
route: {receiver: hook}
templates: [/etc/alertmanager/templates/*.tmpl]
receivers:
  - name: hook
    slack_configs: [{api_url_file: /tmp/secrets/slack_webhook, channel: "#x"}]
"""
FARGATE = ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges")


@contextmanager
def running(
    stack: Stack, image: str, options: Sequence[str], command: Sequence[str]
) -> Generator[str]:
    """A container under what Fargate allows it, with the volume that the image declares."""
    name = f"{stack.variables['COMPOSE_PROJECT_NAME']}-{image}-image"
    images.build(stack, image)
    arguments = [*FARGATE, f"--name={name}", *options, stack.image(image), *command]
    stack.run([stack.engine, "run", "--detach", *arguments])
    try:
        yield name
    finally:
        stack.run([stack.engine, "rm", "--force", "--volumes", name])


def answers(stack: Stack, name: str, address: str) -> bool:
    command = ["wget", "--quiet", "--output-document=/dev/null", address]
    return stack.succeeds([stack.engine, "exec", name, *command])


def test_prometheus_gets_its_configuration_as_a_variable(stack: Stack) -> None:
    options = [f"--env=CONFIG={PROMETHEUS}", "--env=FILES=CONFIG=/tmp/config/prometheus.yml"]
    command = ["--config.file=/tmp/config/prometheus.yml", "--storage.tsdb.path=/tmp/prometheus"]
    with running(stack, "prometheus", options, command) as name:
        until(lambda: answers(stack, name, "http://127.0.0.1:9090/-/ready"), "Prometheus is ready")
        rules = stack.read(
            [stack.engine, "exec", name, "wget", "-qO-", "http://127.0.0.1:9090/api/v1/rules"]
        )
        assert "ApiAvailabilityBurn" in rules


def test_alertmanager_gets_its_secrets_as_files(stack: Stack) -> None:
    options = [
        f"--env=CONFIG={ALERTMANAGER}",
        "--env=SLACK_WEBHOOK=https://hooks.example.com/s3cret",
        '--env=URLS={{ define "plataforma.grafana" }}x{{ end }}',
        "--env=FILES=CONFIG=/tmp/config/alertmanager.yml SLACK_WEBHOOK=/tmp/secrets/slack_webhook",
    ]
    command = ["--config.file=/tmp/config/alertmanager.yml", "--storage.path=/tmp/alertmanager"]
    with running(stack, "alertmanager", options, [*command, "--cluster.listen-address="]) as name:
        until(lambda: answers(stack, name, "http://127.0.0.1:9093/-/ready"), "it is ready")
        secret = stack.read([stack.engine, "exec", name, "cat", "/tmp/secrets/slack_webhook"])
        assert secret == "https://hooks.example.com/s3cret"


@pytest.mark.parametrize(
    ("command", "port"),
    [
        (["blackbox_exporter", "--config.file=/etc/blackbox/blackbox.yml"], 9115),
        (["redis_exporter", "--config-command=-"], 9121),
        (["postgres_exporter"], 9187),
    ],
)
def test_an_exporter_starts(stack: Stack, command: list[str], port: int) -> None:
    options = ["--env=DATA_SOURCE_URI=127.0.0.1:1/x", "--env=DATA_SOURCE_USER=x"]
    options += ["--env=DATA_SOURCE_PASS=x"]
    listen = f"--web.listen-address=127.0.0.1:{port}"
    with running(stack, "exporters", options, [*command, listen]) as name:
        until(lambda: answers(stack, name, f"http://127.0.0.1:{port}/metrics"), "it answers")


def test_lokis_image_has_its_configuration_and_rules(stack: Stack) -> None:
    variables = {"BUCKET": "b", "AWS_REGION": "eu-west-1", "RETENTION": "720h", "JOIN": "x:7946"}
    variables |= {"ALERTMANAGER_URL": "http://x:9093"}
    images.build(stack, "loki")
    options = [*FARGATE, *(f"--env={name}={value}" for name, value in variables.items())]
    command = ["-config.file=/etc/loki/aws.yml", "-config.expand-env=true", "-verify-config"]
    stack.run([stack.engine, "run", "--rm", *options, stack.image("loki"), *command])
    assert list((ROOT / "monitoring/loki/rules/fake").glob("*.yml"))
