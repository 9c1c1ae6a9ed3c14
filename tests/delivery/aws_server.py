"""AWS for the delivery commands: moto's server over real HTTP, and RECORDED ANSWERS before it.

moto has no service deployments, no container exit codes, and no progress of CodeDeploy. For those
actions this server gives the answers that a test sets, in the form of the AWS API; all else goes
to moto. It also refuses and throttles on demand, as AWS does, with a status and an error code.
"""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from moto.ecs.models import ecs_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from tests.support.serving import serving

ACCOUNT, REGION = "123456789012", "eu-west-1"
RECORDED = Path(__file__).parent / "recorded"

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass
class Answer:
    """What AWS answers: a status and its JSON."""

    body: Any
    status: int = 200


def refused(code: str, message: str, status: int = 400) -> Answer:
    return Answer({"__type": code, "message": message}, status)


def denied(action: str, role: str = "plataforma-staging-deploy") -> Answer:
    who = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/run-1"
    reason = f"because no identity-based policy allows the {action} action"
    return refused(
        "AccessDeniedException",
        f"User: {who} is not authorized to perform: {action} on resource: * {reason}",
    )


def throttled() -> Answer:
    return refused("ThrottlingException", "Rate exceeded")


@dataclass
class AwsServer:
    """A running server; `asked` are the actions that it was asked for, and with what, in order."""

    url: str
    asked: list[tuple[str, Any]] = field(default_factory=list[tuple[str, Any]])
    _answers: dict[str, list[Answer | None]] = field(default_factory=dict[str, Any])

    @property
    def said(self) -> list[str]:
        """The actions alone."""
        return [action for action, _ in self.asked]

    def clear(self) -> None:
        self.asked.clear()
        self._answers.clear()

    def answer(self, action: str, *answers: Answer | None) -> None:
        """The answers to `action` in turn, the last one again and again; None leaves it to moto."""
        self._answers[action] = list(answers)

    def answers(self, action: str) -> list[Answer | None]:
        return list(self._answers.get(action, ()))

    def play(self, name: str, **replaced: str) -> None:
        """The answers of tests/delivery/recorded/<name>.json, a list of them for each action;
        `<WORD>` in them stands for what is given as `WORD`."""
        text = (RECORDED / f"{name}.json").read_text(encoding="utf-8")
        for word, value in replaced.items():
            text = text.replace(f"<{word}>", value)
        for action, bodies in json.loads(text).items():
            if not action.startswith("_"):
                self.answer(action, *(Answer(body) for body in bodies))

    def next_answer(self, action: str) -> Answer | None:
        queue = self._answers.get(action)
        if not queue:
            return None
        return copy.deepcopy(queue.pop(0) if len(queue) > 1 else queue[0])


@contextmanager
def serve() -> Generator[AwsServer]:
    moto = cast(Wsgi, DomainDispatcherApplication(create_backend_app))
    server: AwsServer

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        action = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
        sent = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        answer = server.next_answer(action)
        if action:
            server.asked.append((action, json.loads(sent or b"{}")))
        if answer is None:
            environ["wsgi.input"] = io.BytesIO(sent)
            return moto(environ, start)
        body = json.dumps(answer.body).encode()
        status = f"{answer.status} {'OK' if answer.status == 200 else 'Refused'}"
        start(status, [("Content-Type", "application/x-amz-json-1.1")])
        return [body]

    http = make_server("127.0.0.1", 0, cast(Any, application), threaded=True)
    server = AwsServer(f"http://127.0.0.1:{http.server_port}")
    with serving(http):
        yield server


def tasks_of(cluster: str) -> list[Any]:
    """moto's own tasks, to set what it never lets happen: a stop reason, an exit code."""
    backend = ecs_backends[ACCOUNT][REGION]
    return list(backend.tasks.get(cluster, {}).values())
