"""The load balancer: the hosts of the deployed stacks, over HTTPS and HTTP, each answering as
the stack's frontend and backend would. `names/sitecustomize.py` leads Python to it."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.support.programs import program
from tests.support.serving import Answer, answering, serving
from tests.walkthrough.cloud import Cloud

NAMES = Path(__file__).parent / "names"
# A wildcard stands for one label.
HOSTS = ("*.example.com", "*.preview.example.com")
PAGE = '<!doctype html><script type="module" src="/assets/a.js"></script>'
OPENAPI = json.dumps({"openapi": "3.1.0", "paths": {"/api/v1/jobs": {}}})
DIGITS = 12


@contextmanager
def site(cloud: Cloud, folder: Path) -> Generator[dict[str, str]]:
    """What a job's environment needs to reach it."""
    certificate, key = _certificate(folder)
    secure = ThreadingHTTPServer(
        ("127.0.0.1", 0), answering(lambda host, path: _answer(cloud, host, path))
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    secure.socket = context.wrap_socket(secure.socket, server_side=True)
    plain = ThreadingHTTPServer(("127.0.0.1", 0), _Redirect)
    trusted = folder / "trusted.pem"
    known = os.environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile
    others = Path(known).read_text() if known and Path(known).is_file() else ""
    trusted.write_text(certificate.read_text() + others)
    with serving(secure), serving(plain):
        yield {
            "PYTHONPATH": str(NAMES),
            "SSL_CERT_FILE": str(trusted),
            "WALK_HTTP_PORT": str(plain.server_port),
            "WALK_HTTPS_PORT": str(secure.server_port),
        }


def _certificate(folder: Path) -> tuple[Path, Path]:
    certificate, key = folder / "site.pem", folder / "site.key"
    names = ",".join(f"DNS:{host}" for host in HOSTS)
    command = [program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt"]
    command += ["ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=walk"]
    command += ["-addext", f"subjectAltName={names}", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    return certificate, key


def _answer(cloud: Cloud, host: str, path: str) -> Answer:
    config = json.dumps({"version": _version(cloud, host)})
    answers = {
        "/": (200, "text/html", PAGE),
        "/assets/a.js": (200, "text/javascript", "1"),
        "/healthz": (200, "text/plain", "ok"),
        "/config.json": (200, "application/json", config),
        "/api/v1/openapi.json": (200, "application/json", OPENAPI),
    }
    return answers.get(path, (404, "application/problem+json", '{"status": 404}'))


def _version(cloud: Cloud, host: str) -> str:
    """The first digits of the digest that the host's frontend runs."""
    cloud.look()
    for stack in cloud.stacks():
        outputs = cloud.outputs(stack)
        if f"https://{host}" in outputs.get("urls", []):
            service = cloud.services[outputs["cluster"], "frontend"]
            containers = cloud.definition(service.running)["containerDefinitions"]
            image = next(c["image"] for c in containers if c["name"] == "frontend")
            return image.partition("@sha256:")[2][:DIGITS]
    return ""


class _Redirect(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(301)
        self.send_header("Location", f"https://{self.headers['Host']}{self.path}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        del format, args
