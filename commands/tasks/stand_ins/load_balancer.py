"""Stands in for an Application Load Balancer: rules, target groups with health checks, TLS.

Runs in a container with Python alone. One request a connection to a target; what a target answers
is passed on as it comes, so that streams and WebSockets work. Reads routing.json once and
targets.json whenever it changes; writes the targets' health to health.json.
"""

from __future__ import annotations

import asyncio
import json
import random
import ssl
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from http import HTTPStatus
from pathlib import Path
from typing import Any

HEALTH = Path("/tmp/health.json")
IDLE_SECONDS = 60.0
LARGEST_HEAD = 64 * 1024
# A rule's * and ? are wildcards; [ is none.
LITERAL = str.maketrans({"[": "[[]"})

Target = tuple[str, int]


@dataclass
class Group:
    check: dict[str, Any]
    states: dict[Target, str] = field(default_factory=dict[Target, str])
    outstanding: Counter[Target] = field(default_factory=Counter[Target])

    def pick(self) -> Target | None:
        """The healthy target with the fewest requests; of all, where none is healthy."""
        healthy = [target for target in self.states if self.states[target] == "healthy"]
        candidates = healthy or list(self.states)
        return min(candidates, key=lambda target: self.outstanding[target], default=None)


class Balancer:
    """`folder` has the configuration, `health` is written."""

    def __init__(self, folder: Path, health: Path) -> None:
        self.folder, self.health = folder, health
        self.routing = json.loads((folder / "routing.json").read_text())
        self.groups = {arn: Group(check) for arn, check in self.routing["groups"].items()}
        self.checks: dict[tuple[str, Target], asyncio.Task[None]] = {}

    async def run(self, certificate: Path, key: Path) -> None:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate, key)
        for listener in self.routing["listeners"]:
            await asyncio.start_server(
                lambda reader, writer, of=listener: self.serve(of, reader, writer),
                port=listener["port"],
                ssl=tls if listener["tls"] else None,
                limit=LARGEST_HEAD,
            )
        await self.follow_targets()

    async def follow_targets(self) -> None:
        seen = b""
        while True:
            with suppress(FileNotFoundError):
                text = (self.folder / "targets.json").read_bytes()
                if text != seen:
                    seen = text
                    self.register(json.loads(text))
            await asyncio.sleep(0.5)

    def register(self, targets: dict[str, list[list[Any]]]) -> None:
        for arn, group in self.groups.items():
            wanted = {(host, port) for host, port in targets.get(arn, [])}
            for target in set(group.states) - wanted:
                del group.states[target]
                self.checks.pop((arn, target)).cancel()
            for target in wanted - set(group.states):
                group.states[target] = "initial"
                check = asyncio.ensure_future(self.check(group, target))
                self.checks[arn, target] = check
        self.report()

    async def check(self, group: Group, target: Target) -> None:
        good = bad = 0
        while True:
            if await answers(target, group.check):
                good, bad = good + 1, 0
                # The first check decides for a new target.
                if good >= group.check["healthy"] or group.states[target] == "initial":
                    self.mark(group, target, "healthy")
            else:
                good, bad = 0, bad + 1
                if bad >= group.check["unhealthy"]:
                    self.mark(group, target, "unhealthy")
            await asyncio.sleep(group.check["interval"])

    def mark(self, group: Group, target: Target, state: str) -> None:
        if group.states.get(target) != state:
            group.states[target] = state
            self.report()

    def report(self) -> None:
        states = {
            arn: {f"{host}:{port}": state for (host, port), state in group.states.items()}
            for arn, group in self.groups.items()
        }
        written = self.health.with_suffix(".new")
        written.write_text(json.dumps(states))
        written.rename(self.health)

    async def serve(
        self, listener: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), IDLE_SECONDS)
            request = Request.parse(head, listener, writer)
            action = self.action(listener, request)
            if "forward" in action:
                await self.forward(action["forward"], request, reader, writer)
            else:
                writer.write(own_answer(action, request))
        except (ValueError, asyncio.LimitOverrunError):
            writer.write(answer(400, "Bad request"))
        except (asyncio.IncompleteReadError, TimeoutError, OSError):
            pass
        finally:
            with suppress(OSError):
                await writer.drain()
                writer.close()

    def action(self, listener: dict[str, Any], request: Request) -> dict[str, Any]:
        for rule in listener["rules"]:
            if matches(rule, request):
                return rule["actions"][-1]
        return {"fixed": {"statusCode": "503"}}

    async def forward(
        self,
        weights: dict[str, int],
        request: Request,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        arns = [arn for arn, weight in weights.items() if weight > 0] or list(weights)
        arn = random.choices(arns, [max(weights[arn], 1) for arn in arns])[0]
        group = self.groups[arn]
        target = group.pick()
        if target is None:
            writer.write(answer(503, "Service unavailable"))
            return
        group.outstanding[target] += 1
        try:
            await pass_on(target, request, reader, writer)
        except OSError:
            writer.write(answer(502, "Bad gateway"))
        finally:
            group.outstanding[target] -= 1


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    host: str
    head: bytes
    port: int
    upgrade: bool

    @staticmethod
    def parse(head: bytes, listener: dict[str, Any], writer: asyncio.StreamWriter) -> Request:
        """With the headers that the load balancer adds ("HTTP headers and ALBs", ELB)."""
        first, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
        method, path, _ = first.split(" ")
        headers = [(name, value.strip()) for name, _, value in (x.partition(":") for x in lines)]
        named = {name.lower(): value for name, value in headers}
        client = writer.get_extra_info("peername")[0]
        upgrade = "upgrade" in named.get("connection", "").lower()
        forwarded = ", ".join(filter(None, (named.get("x-forwarded-for"), client)))
        added = {
            "X-Forwarded-For": forwarded,
            "X-Forwarded-Proto": "https" if listener["tls"] else "http",
            "X-Forwarded-Port": str(listener["port"]),
            "X-Amzn-Trace-Id": f"Root=1-{int(time.time()):08x}-{random.getrandbits(96):024x}",
        }
        replaced = {*(name.lower() for name in added), *(() if upgrade else ("connection",))}
        kept = [f"{name}: {value}" for name, value in headers if name.lower() not in replaced]
        own = [f"{name}: {value}" for name, value in added.items()]
        close = [] if upgrade else ["Connection: close"]
        text = "\r\n".join([first, *kept, *own, *close, "", ""])
        return Request(
            method, path, named.get("host", ""), text.encode("latin-1"), listener["port"], upgrade
        )


def matches(rule: dict[str, Any], request: Request) -> bool:
    host = request.host.partition(":")[0].lower()
    path = request.path.partition("?")[0]
    hosts = [pattern.lower().translate(LITERAL) for pattern in rule.get("hosts", ["*"])]
    paths = [pattern.translate(LITERAL) for pattern in rule.get("paths", ["*"])]
    return any(fnmatchcase(host, pattern) for pattern in hosts) and any(
        fnmatchcase(path, pattern) for pattern in paths
    )


def own_answer(action: dict[str, Any], request: Request) -> bytes:
    if "fixed" in action:
        fixed = action["fixed"]
        kind = fixed.get("contentType", "text/plain")
        return answer(
            int(fixed["statusCode"]), fixed.get("messageBody", ""), f"Content-Type: {kind}"
        )
    redirect = action["redirect"]
    host, _, path = request.host.partition(":")[0], "", request.path
    parts = {"protocol": "http", "host": host, "port": str(request.port), "path": path}
    protocol = redirect.get("protocol", "HTTPS").lower()
    port = redirect.get("port", "#{port}").replace("#{port}", parts["port"])
    location = f"{protocol}://{host}:{port}{path}"
    status = int(redirect["statusCode"].removeprefix("HTTP_"))
    return answer(status, "", f"Location: {location}")


def answer(status: int, body: str, *headers: str) -> bytes:
    content = body.encode()
    lines = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        *headers,
        f"Content-Length: {len(content)}",
    ]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + content


async def pass_on(
    target: Target, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    to_read, to_write = await asyncio.open_connection(*target, limit=LARGEST_HEAD)
    upload: asyncio.Task[None] | None = None
    try:
        to_write.write(request.head)
        upload = asyncio.ensure_future(copy(reader, to_write))
        await copy(to_read, writer)
    finally:
        if upload is not None:
            upload.cancel()
        to_write.close()


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(64 * 1024):
            writer.write(data)
            await writer.drain()


async def answers(target: Target, check: dict[str, Any]) -> bool:
    host, port = target
    lines = f"GET {check['path']} HTTP/1.1\r\nHost: {host}:{port}\r\n"
    head = f"{lines}User-Agent: ELB-HealthChecker/2.0\r\nConnection: close\r\n\r\n"
    with suppress(OSError, TimeoutError, ValueError, IndexError):
        async with asyncio.timeout(check["timeout"]):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(head.encode())
                status = int((await reader.readline()).split()[1])
            finally:
                writer.close()
        return expected(status, check["matcher"])
    return False


def expected(status: int, matcher: str) -> bool:
    """200, 200,202 or 200-299."""
    for part in matcher.split(","):
        low, _, high = part.partition("-")
        if int(low) <= status <= int(high or low):
            return True
    return False


if __name__ == "__main__":
    balancer = Balancer(Path(sys.argv[1]), HEALTH)
    asyncio.run(balancer.run(Path("/tls/server.crt"), Path("/tls/server.key")))
