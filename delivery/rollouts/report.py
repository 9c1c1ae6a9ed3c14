"""How long rollouts are followed, and how a command reports their ends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from delivery.rollouts.follow import Result
from delivery.shared.console import Console
from delivery.shared.outputs import ServiceOutput

MARGIN_SECONDS = 600
WAITS = 3
"""A healthy rollout, one that fails, and its rollback."""


def default_timeout(services: Iterable[ServiceOutput]) -> float:
    """Seconds. Services roll out at the same time, so the slowest one counts."""
    return WAITS * max(service.deploy_wait_seconds for service in services) + MARGIN_SECONDS


def report(results: Sequence[Result], title: str, console: Console) -> int:
    """Prints how the rollouts ended; returns the exit code."""
    rows = [
        f"| {'ok' if r.ok else '**FAILED**'} | {r.service} | {_cell(r.message)} | {r.seconds:.0f} |"
        for r in results
    ]
    head = [f"### {title}", "", "| | Service | Result | Seconds |", "|---|---|---|---|"]
    console.summary("\n".join([*head, *rows]))
    failed = [result for result in results if not result.ok]
    for result in failed:
        console.error(result.message)
    if not failed:
        console.line(f"{title.lower()}: {len(results)} of {len(results)} succeeded")
    return int(bool(failed))


def _cell(text: str) -> str:
    """Text escaped for a cell of a Markdown table."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")
    return escaped.replace("\n", " ").replace("`", "'")
