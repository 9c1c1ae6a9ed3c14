"""An S3 server with the state bucket: moto's, behind a check of a role's policies. As with S3, a
caller who may not read an object gets 403 even if there is none."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from tests.bootstrap.iam import allows
from tests.support.serving import serving

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Call = tuple[str, str]
"""An action and a resource's ARN."""
HEADERS = [("Content-Type", "application/xml")]
DENIED = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
BY_METHOD = {"GET": "GetObject", "HEAD": "GetObject", "PUT": "PutObject", "DELETE": "DeleteObject"}


@dataclass
class StateServer:
    """`documents`: the policies of the caller; None allows everything."""

    port: int = 0
    documents: Sequence[Mapping[str, Any]] | None = None
    denied: list[Call] = field(default_factory=list[Call])

    def backend(self, bucket: str) -> str:
        """The address of the bucket as a backend of Pulumi."""
        options = f"endpoint=127.0.0.1:{self.port}&disableSSL=true&s3ForcePathStyle=true"
        return f"s3://{bucket}?region=eu-west-1&{options}"

    def refused(self, calls: Iterable[Call]) -> list[Call]:
        if self.documents is None:
            return []
        context = {"aws:RequestedRegion": "eu-west-1"}
        return [call for call in calls if not allows(self.documents, *call, context)]


@contextmanager
def state_server() -> Generator[StateServer]:
    state = StateServer()
    moto: Wsgi = DomainDispatcherApplication(create_backend_app)  # pyright: ignore[reportAssignmentType]

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        refused = state.refused(_calls(environ))
        if not refused:
            return moto(environ, start)
        state.denied += refused
        start("403 Forbidden", [*HEADERS, ("Content-Length", str(len(DENIED)))])
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else DENIED]

    http = make_server("127.0.0.1", 0, answer, threaded=True)
    state.port = http.server_port
    with serving(http):
        yield state


def _calls(environ: Mapping[str, Any]) -> list[Call]:
    """The actions that a request needs. Source: Amazon S3 User Guide, "Required permissions for
    Amazon S3 API operations"."""
    bucket, _, key = environ["PATH_INFO"].lstrip("/").partition("/")
    method, query = environ["REQUEST_METHOD"], parse_qs(environ["QUERY_STRING"], True)
    if not key:
        known = method in ("GET", "HEAD") and not query.keys() & {"acl", "policy", "versioning"}
        return [("s3:ListBucket" if known else "s3:?", f"arn:aws:s3:::{bucket}")]
    calls = [(f"s3:{BY_METHOD[method]}", f"arn:aws:s3:::{bucket}/{key}")]
    if copied := environ.get("HTTP_X_AMZ_COPY_SOURCE"):
        source = re.sub(r"\?versionId=.*", "", unquote(copied)).lstrip("/")
        calls.append(("s3:GetObject", f"arn:aws:s3:::{source}"))
    return calls
