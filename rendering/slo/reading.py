"""Reads slo.yml, and reports all its problems at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from rendering.slo.burns import budget, unreachable
from rendering.slo.models import Spec
from rendering.slo.queries import source
from settings.problems import Problem, listed, problem_of

RESERVED = {"slo", "service", "owner", "severity", "burn_rate", "long_window", "short_window"}


class SloError(Exception):
    """slo.yml is not usable. The message lists every problem; nothing was written."""

    def __init__(self, file: Path, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        lines = "\n".join(f"  {problem.path}: {problem.text}" for problem in self.problems)
        super().__init__(f"{file} has {count}; nothing was written:\n{lines}")


def read(file: Path) -> Spec:
    """The checked content of a slo.yml. Errors: SloError with every problem."""
    try:
        written: Any = yaml.safe_load(file.read_text())
    except (yaml.YAMLError, UnicodeDecodeError) as broken:
        raise SloError(file, [Problem("(file)", f"is not YAML: {broken}")]) from None
    except OSError as missing:
        text = f"can't be read: {missing.strerror}."
        raise SloError(file, [Problem("(file)", text)]) from None
    return parse(written, file)


def parse(written: object, file: Path) -> Spec:
    """The models for what `file` holds. Errors: SloError with every problem."""
    if not isinstance(written, dict):
        known = listed(Spec.model_fields)
        raise SloError(file, [Problem("(file)", f"is not a map. Keys: {known}.")])
    across = list(_across(written))
    try:
        spec = Spec.model_validate(written)
    except ValidationError as invalid:
        shape = [problem_of(error, Spec, ()) for error in invalid.errors()]
        raise SloError(file, [_named(p, written) for p in [*shape, *across]]) from None
    if across:
        raise SloError(file, [_named(problem, written) for problem in across])
    return spec


def warnings(spec: Spec) -> Iterator[str]:
    """Warnings about what is allowed but probably a mistake: alerts that can never fire."""
    for slo in spec.slos:
        for burn in unreachable(slo.objective):
            most = 1 / budget(slo.objective)
            yield (
                f"slos[{slo.name}].objective: with {slo.objective:g} % the budget burns "
                f"{most:.3g}x as fast at most, so the {burn.severity} at {burn.rate:g}x never "
                "fires. Raise the objective, or live without it."
            )


def _across(written: dict[Any, Any]) -> Iterator[Problem]:
    """Problems across several values, in the file as written: parts may be invalid."""
    labels = written.get("labels")
    for label in sorted(RESERVED & set(labels if isinstance(labels, dict) else ())):
        text = "is a label that the rules set themselves. Take another name."
        yield Problem(f"labels.{label}", text)
    slos = written.get("slos")
    entries = list(enumerate(slos)) if isinstance(slos, list) else []
    maps = [(f"slos.{i}", slo) for i, slo in entries if isinstance(slo, dict)]
    yield from _repeated("name", [(place, slo.get("name")) for place, slo in maps])
    names = [(f"{place}.alerting", _get(slo, "alerting", "name")) for place, slo in maps]
    yield from _repeated("name", names)
    for place, slo in maps:
        yield from _runbook(place, slo)
        yield from _sli(place, slo)


def _repeated(key: str, found: Sequence[tuple[str, object]]) -> Iterator[Problem]:
    counts = Counter(value for _, value in found if isinstance(value, str))
    for place, value in found:
        if isinstance(value, str) and counts[value] > 1:
            text = f"{value} stands {counts[value]} times. Give each SLO a name of its own."
            yield Problem(f"{place}.{key}", text)


def _runbook(place: str, slo: dict[Any, Any]) -> Iterator[Problem]:
    name = _get(slo, "alerting", "name")
    runbook = _get(slo, "alerting", "annotations", "runbook")
    if not isinstance(name, str) or not isinstance(runbook, str) or not name.isalnum():
        return
    if runbook != f"docs/runbooks/{name}.md":
        text = f"{runbook!r} is not the alert's own. Write docs/runbooks/{name}.md."
        yield Problem(f"{place}.alerting.annotations.runbook", text)


def _sli(place: str, slo: dict[Any, Any]) -> Iterator[Problem]:
    sli = slo.get("sli")
    if not isinstance(sli, dict):
        return
    kinds = [kind for kind in ("events", "raw") if sli.get(kind) is not None]
    if len(kinds) != 1:
        text = f"{' and '.join(kinds) or 'nothing'} given. Give exactly one of events and raw."
        yield Problem(f"{place}.sli", text)
    if "raw" in kinds and _get(slo, "alerting", "labels", "least_bad_events") is not None:
        text = "has no meaning with sli.raw, which counts no events. Remove it."
        yield Problem(f"{place}.alerting.labels.least_bad_events", text)
    for path in (("events", "total_query"), ("raw", "error_ratio_query")):
        query = _get(sli, *path)
        if isinstance(query, str) and source(query) is None:
            text = 'selects no metric. Write its labels, as x{job="backend"}: its absence alerts.'
            yield Problem(f"{place}.sli.{'.'.join(path)}", text)


def _get(holder: object, *keys: str) -> object:
    for key in keys:
        holder = holder.get(key) if isinstance(holder, dict) else None
    return holder


def _named(problem: Problem, written: dict[Any, Any]) -> Problem:
    """The problem with an SLO's name in place of its index in the list."""
    first, _, rest = problem.path.partition(".")
    number, dot, inner = rest.partition(".")
    slos = written.get("slos")
    if first != "slos" or not number.isdigit() or not isinstance(slos, list):
        return problem
    name = _get(slos[int(number)], "name")
    shown = name if isinstance(name, str) else f"number {int(number) + 1}"
    return Problem(f"slos[{shown}]{dot}{inner}", problem.text)
