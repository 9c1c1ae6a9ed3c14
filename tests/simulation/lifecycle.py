"""The lifecycle table: what the real engine did to each kind of resource on simulated AWS, and what
AWS refused. `make lifecycle` walks and prints it."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from simulation import engine
from simulation.inventory import Entry, read_journal
from tests.simulation.walks import WALKS, Config, Step, Walk, after
from tests.support.projects import Project, project

STACK = "staging"
COLUMNS = ("create", "change", "replace", "destroy", "create again")


@dataclass(frozen=True)
class Outcome:
    """What one step of a walk did. `left_over`: what a preview would still change."""

    step: str
    config: Config
    done: bool
    entries: Sequence[Entry]
    said: str
    told: str = ""
    refused: str = ""
    left_over: frozenset[tuple[str, str, str]] = frozenset()

    @property
    def as_expected(self) -> bool:
        """Whether it was done and left nothing over, or was refused before anything changed."""
        if self.told:
            return not self.done and not self.entries and self.told in self.said
        if self.refused:
            return not self.done and any(self.refused in text for text in self.refusals)
        return self.done and not self.left_over

    @property
    def refusals(self) -> list[str]:
        """What AWS refused, else the errors that the CLI printed of a step that failed."""
        refused = [
            f"{entry.urn.rpartition(':')[2]}: {entry.error}"
            for entry in self.entries
            if entry.operation == "refuse"
        ]
        said = [line.strip() for line in self.said.splitlines() if "rror" in line]
        return refused or ([] if self.done else said)


def walk(stack: Project, route: Walk) -> Iterator[Outcome]:
    """Makes the stack, changes it step by step, looks for what was left over, destroys it, makes it
    again, destroys it. After a refused step it goes back to where the step began."""
    config = route.first
    yield _up(stack, "create", config)
    for step in route.steps:
        wanted = after(config, step.keys)
        outcome = _up(stack, step.name, wanted, step)
        yield outcome
        if outcome.done:
            config = wanted
        elif outcome.entries:
            yield _up(stack, f"back from {step.name}", config)
    stack.write(STACK, config)
    yield Outcome("left over", config, True, (), "", left_over=frozenset(stack.changes(STACK)))
    yield _destroy(stack, config)
    yield _up(stack, "create again", route.first)
    yield _destroy(stack, route.first)


def _up(stack: Project, name: str, config: Config, step: Step | None = None) -> Outcome:
    stack.write(STACK, config)
    before = _length(stack)
    done = stack.up(STACK) == 0
    entries = _journal(stack)[before:]
    told, refused = (step.told, step.refused) if step else ("", "")
    return Outcome(name, config, done, entries, stack.said[-1], told, refused)


def _destroy(stack: Project, config: Config) -> Outcome:
    before = _length(stack)
    done = stack.destroy(STACK) == 0
    return Outcome("destroy", config, done, _journal(stack)[before:], stack.said[-1])


def _journal(stack: Project) -> list[Entry]:
    return list(read_journal(engine.inventory_path(stack.folder)))


def _length(stack: Project) -> int:
    return len(_journal(stack))


def operations(outcome: Outcome) -> Iterator[tuple[str, str]]:
    """The URN and the column of each step of the engine that AWS took."""
    counted = Counter((entry.urn, entry.operation) for entry in outcome.entries)
    for (urn, operation), count in counted.items():
        replaced = counted[urn, "create"] and counted[urn, "delete"]
        if operation == "update":
            column = "change"
        elif operation in ("create", "delete") and replaced:
            column = "replace" if operation == "create" else ""
        elif operation == "create":
            column = "create again" if outcome.step == "create again" else "create"
        else:
            column = {"delete": "destroy", "refuse": "refused"}.get(operation, "")
        for _ in range(count if column else 0):
            yield urn, column


def rows(outcomes: Iterable[Outcome]) -> dict[str, Counter[str]]:
    """The table: by kind, and by rollout for ECS services."""
    table: dict[str, Counter[str]] = {}
    for outcome in outcomes:
        for urn, column in operations(outcome):
            token, name = urn.split("::")[2].rpartition("$")[2], urn.rpartition("::")[2]
            table.setdefault(token, Counter())[column] += 1
            if token == "aws:ecs/service:Service":
                table.setdefault(_rollout(outcome.config, name), Counter())[column] += 1
    return dict(sorted(table.items()))


def _rollout(config: Config, service: str) -> str:
    settings = (config["services"].get(service) or {}).get("rollout") or {}
    strategy, shift = settings.get("strategy", "rolling"), settings.get("shift", "")
    return f"rollout {strategy} {shift}".strip()


def printed(table: dict[str, Counter[str]]) -> str:
    head = f"{'kind':<72}" + "".join(f"{column:>14}" for column in (*COLUMNS, "refused"))
    lines = [
        f"{kind:<72}" + "".join(f"{counted[c] or '-':>14}" for c in (*COLUMNS, "refused"))
        for kind, counted in table.items()
    ]
    return "\n".join([head, *lines])


def main() -> int:
    cli = engine.find_pulumi()
    if cli.path is None:
        print(f"lifecycle: {cli.reason}", file=sys.stderr)
        return 1
    outcomes: list[Outcome] = []
    for route in WALKS:
        if sys.argv[1:] and route.name not in sys.argv[1:]:
            continue
        with tempfile.TemporaryDirectory() as folder:
            for outcome in walk(project(Path(folder), cli.path), route):
                outcomes.append(outcome)
                word = "REFUSED" if not outcome.done else "done"
                word = "refused by the program, as documented" if outcome.told else word
                word = "refused by AWS, as documented" if outcome.refused else word
                print(f"{route.name}: {outcome.step}: {word}", flush=True)
                if outcome.as_expected:
                    continue
                for line in [*outcome.refusals, *map(str, sorted(outcome.left_over))]:
                    print(f"  {line}")
    print(printed(rows(outcomes)))
    return 0 if all(outcome.as_expected for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
