from __future__ import annotations

import logging
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.delivery.aws_server import AwsServer, serve
from tests.delivery.stack import Stack


def _do_not_sleep(seconds: float) -> None:
    """botocore's pause before it tries again."""
    del seconds


@pytest.fixture(scope="session")
def one_server() -> Iterator[AwsServer]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with serve() as server:
        yield server


@pytest.fixture
def aws_server(one_server: AwsServer, monkeypatch: pytest.MonkeyPatch) -> AwsServer:
    """An empty account, with credentials that no one else has."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setattr("botocore.endpoint.time.sleep", _do_not_sleep)
    reset = urllib.request.Request(f"{one_server.url}/moto-api/reset", method="POST")
    urllib.request.urlopen(reset).close()
    one_server.clear()
    return one_server


@pytest.fixture
def stack(aws_server: AwsServer, tmp_path: Path) -> Stack:
    return Stack(aws_server, tmp_path)
