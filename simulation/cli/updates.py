"""What an update of the real engine does: read from the events that its CLI logs, while it runs.

Source: pulumi v3.260.0, sdk/go/common/apitype/events.go; `--event-log` writes one a line, and the
CLI has it where PULUMI_DEBUG_COMMANDS is set (pkg/cmd/pulumi/operations/up.go).
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

POLL_SECONDS = 0.2
# What becomes of a resource, by the operation of its outputs. A refresh ends with what it found.
OUTCOMES = {
    "create": "created",
    "create-replacement": "replaced",
    "update": "updated",
    "delete": "deleted",
    "same": "unchanged",
    "refresh": "unchanged",
}


@dataclass(frozen=True)
class Log:
    """Where the CLI's text and the engine's events of an update are written, each anew."""

    text: Path
    events: Path


@dataclass
class Update:
    """`resources` done, by what became of them: type and name; of those alone that `is_counted`
    says by their URN. `errors` are the distinct messages of the program, the engine, the provider
    and the policy pack."""

    is_counted: Callable[[str], bool]
    resources: dict[str, list[tuple[str, str]]] = field(
        default_factory=dict[str, list[tuple[str, str]]]
    )
    errors: list[str] = field(default_factory=list[str])

    @property
    def done(self) -> int:
        return sum(map(len, self.resources.values()))

    @property
    def counts(self) -> Mapping[str, int]:
        return {what: len(done) for what, done in self.resources.items()}

    def take(self, event: Mapping[str, Any]) -> None:
        if "resOutputsEvent" in event:
            step = event["resOutputsEvent"]["metadata"]
            what = OUTCOMES.get(step["op"])
            if what and self.is_counted(step["urn"]):
                name = step["urn"].rpartition("::")[2]
                self.resources.setdefault(what, []).append((step["type"], name))
        self.errors += [text for text in messages([event], "error") if text not in self.errors]


@contextmanager
def followed(
    events: Path, show: Callable[[Update], None], is_counted: Callable[[str], bool]
) -> Generator[Update]:
    """The update whose events are written to a file meanwhile; `show` is called as it goes on, in a
    thread of its own, and a last time when all is read."""
    events.unlink(missing_ok=True)
    update, ended = Update(is_counted), threading.Event()
    reader = threading.Thread(target=_read, args=(events, update, show, ended))
    reader.start()
    try:
        yield update
    finally:
        ended.set()
        reader.join()


def _read(
    events: Path, update: Update, show: Callable[[Update], None], ended: threading.Event
) -> None:
    position, rest = 0, ""
    while True:
        last = ended.wait(POLL_SECONDS)
        if events.is_file():
            with events.open(encoding="utf-8") as file:
                file.seek(position)
                *lines, rest = (rest + file.read()).split("\n")
                position = file.tell()
            for line in lines:
                update.take(json.loads(line))
            if lines:
                show(update)
        if last:
            return


def messages(events: Sequence[Mapping[str, Any]], severity: str) -> list[str]:
    """The distinct messages of the program, the engine and the policy pack at this severity."""
    texts = list[str]()
    for event in events:
        diagnostic, policy = event.get("diagnosticEvent"), event.get("policyEvent")
        if diagnostic and diagnostic.get("severity") == severity:
            texts.append(diagnostic["message"])
        elif policy and (policy.get("enforcementLevel") == "mandatory") == (severity == "error"):
            name = policy.get("resourceUrn", "").rpartition("::")[2]
            texts.append(f"{policy['policyName']} ({name}): {policy['message']}")
    plain = (re.sub(r"<\{%.*?%\}>", "", text).strip() for text in texts)
    return list(dict.fromkeys(text for text in plain if text))
