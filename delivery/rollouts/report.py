"""How rollouts ended, as a table and an exit code."""

from __future__ import annotations

from collections.abc import Sequence

from delivery.github.markdown import cell
from delivery.rollouts.follow import Result
from delivery.shared.console import Console


def report(results: Sequence[Result], title: str, console: Console) -> int:
    """Prints how the rollouts ended; returns the exit code."""
    rows = [
        f"| {'ok' if r.ok else '**FAILED**'} | {r.service} | {cell(r.message)} | {r.seconds:.0f} |"
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
