"""Changes each Prometheus rule in one place at a time, and counts which changes the unit tests
detect: `python -m tests.rendering.rule_mutations` (promtool on PATH; `--every-slo` for all six).

A change is a number made a fifth smaller or a quarter larger (0 becomes 1), a comparison
inverted, a window, an offset or a `for` halved or doubled (none becomes 5m), or another window
of a recorded series. The six SLOs come from one renderer: all changes of one that counts events
and one that measures time are tried, and of the others those of their own queries and alerts.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from settings.project import ROOT
from tests.rendering.slo_cases.files import files

RULES = ROOT / "monitoring/prometheus/rules"
TESTS = ROOT / "monitoring/prometheus/tests"
PROCESSES = 2
WHOLE_SLOS = ("slo-api-latency", "slo-frontend-availability")
WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
TOKEN = re.compile(
    r'(?P<skip>"(?:[^"\\]|\\.)*"|or 0 \* \((?s:.*)\)|vector\(0\))'
    r"|(?P<recorded>(?<=rate)(?:5m|30m|1h|2h|6h|1d|3d)\b)"
    r"|(?P<span>\b\d+[smhd]\b)"
    r"|(?P<comparison>[<>]=?|==|!=)"
    r"|(?P<number>(?<![\w:.])\d+(?:\.\d+)?(?:e-?\d+)?\b)"
)
TURNED = {">": "<", "<": ">", ">=": "<", "<=": ">", "==": "!=", "!=": "=="}
Rule = dict[str, Any]


@dataclass(frozen=True)
class Mutant:
    """A rule file's group with one rule changed, and the tests that run on it."""

    file: str
    group: str
    what: str
    rules: tuple[Rule, ...]
    hint: str


def mutants(every_slo: bool) -> Iterator[Mutant]:
    for path in sorted(RULES.glob("*.yml")):
        for group in _parsed(path)["groups"]:
            whole = not _is_slo(path.stem) or every_slo or group["name"] in WHOLE_SLOS
            for number, rule in enumerate(group["rules"]):
                for what, altered in _alterations(rule):
                    if whole or _is_own(rule, what):
                        rules = [*group["rules"]]
                        rules[number] = altered
                        name = rule.get("alert") or rule["record"]
                        yield Mutant(
                            path.stem, group["name"], f"{name}: {what}", tuple(rules), _hint(rule)
                        )


def _is_slo(file: str) -> bool:
    return file.startswith("slo-")


def _is_own(rule: Rule, what: str) -> bool:
    """What differs between SLOs: the queries over an hour, objectives and alerts' numbers."""
    if "record" in rule:
        return rule["record"].endswith(("rate1h", "objective:ratio", "error_budget:ratio"))
    return what.startswith(("number", "for"))


def _hint(rule: Rule) -> str:
    """The beginning of the names of the tests that are likely to notice."""
    if "record" in rule:
        return "each window" if ":rate" in rule["record"] else f"{rule['record']}:"
    burn = rule["labels"].get("burn_rate")
    return f"{burn}x" if burn else f"{rule['alert']}:"


def _alterations(rule: Rule) -> Iterator[tuple[str, Rule]]:
    expr = rule["expr"]
    for found in TOKEN.finditer(expr):
        for kind, text in found.groupdict().items():
            for new in _others(kind, text) if text else ():
                altered = expr[: found.start()] + new + expr[found.end() :]
                yield f"{kind} {text} at {found.start()} becomes {new}", rule | {"expr": altered}
    if "alert" in rule:
        spans = _others("span", rule["for"]) if "for" in rule else ["5m"]
        for new in [*spans, *(["0s"] if "for" in rule else [])]:
            yield f"for {rule.get('for', 'none')} becomes {new}", rule | {"for": new}


def _others(kind: str, text: str) -> list[str]:
    if kind == "number":
        value = float(text)
        return [f"{value * 0.8:.12g}", f"{value * 1.25:.12g}"] if value else ["1"]
    if kind == "span":
        seconds = int(text[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[text[-1]]
        return [f"{seconds // 2}s", f"{seconds * 2}s"]
    if kind == "recorded":
        place = WINDOWS.index(text)
        return [WINDOWS[p] for p in (place - 1, place + 1) if 0 <= p < len(WINDOWS)]
    return [TURNED[text]] if kind == "comparison" else []


def is_noticed(mutant: Mutant) -> bool:
    """The likely tests are asked first, and all the others only where these see nothing."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "rules").mkdir()
        (folder / "tests").mkdir()
        rules = "slo" if _is_slo(mutant.file) else mutant.file
        (folder / "rules" / f"{rules}.yml").write_text(_rules_text(mutant))
        tests = _test_texts(mutant.file, mutant.group, mutant.hint)
        return any(_fails(folder / "tests" / f"{n}.yml", text) for n, text in enumerate(tests))


def _rules_text(mutant: Mutant) -> str:
    """An SLO's tests need no other SLO's group; other files are taken whole."""
    groups: list[dict[str, Any]] = [{"name": mutant.group, "rules": list(mutant.rules)}]
    if not _is_slo(mutant.file):
        written = _parsed(RULES / f"{mutant.file}.yml")["groups"]
        groups += [group for group in written if group["name"] != mutant.group]
    return _dumped({"groups": groups})


@cache
def _test_texts(file: str, group: str, hint: str) -> tuple[str, ...]:
    content = _slo_tests()[group] if _is_slo(file) else _parsed(TESTS / f"{file}.yml")
    likely = [test for test in content["tests"] if hint and test["name"].startswith(hint)]
    rest = [test for test in content["tests"] if test not in likely]
    chunks = [likely, *(rest[first : first + 12] for first in range(0, len(rest), 12))]
    burns = [_dumped({**content, "tests": chunk}) for chunk in chunks if chunk]
    parts = ("budget", "absent") if _is_slo(file) else ()
    others = [_dumped(_slo_tests()[f"{group}-{part}"]) for part in parts]
    return tuple([*burns[:1], *others, *burns[1:]] if likely else [*others, *burns])


_slo_tests = cache(files)


@cache
def _parsed(path: Path) -> dict[str, Any]:
    return yaml.load(path.read_text(), Loader=yaml.CSafeLoader)


def _dumped(content: dict[str, Any]) -> str:
    return yaml.dump(content, Dumper=yaml.CSafeDumper)


def _fails(path: Path, text: str) -> bool:
    path.write_text(text)
    command = ["promtool", "test", "rules", str(path)]
    return subprocess.run(command, capture_output=True, check=False).returncode != 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every-slo", action="store_true", help="all alterations of all SLOs")
    parser.add_argument("--only", default="", help="rule files whose name begins so")
    arguments = parser.parse_args()
    if shutil.which("promtool") is None:
        print("promtool is not on PATH: install Prometheus.", file=sys.stderr)
        return 1
    tried = [m for m in mutants(arguments.every_slo) if m.file.startswith(arguments.only)]
    caught, totals, survivors, begun = Counter[str](), Counter[str](), list[Mutant](), time.time()
    with ThreadPoolExecutor(PROCESSES) as pool:
        for done, (mutant, noticed) in enumerate(
            zip(tried, pool.map(is_noticed, tried), strict=True), start=1
        ):
            totals[mutant.file] += 1
            caught[mutant.file] += noticed
            survivors += [] if noticed else [mutant]
            if done % 50 == 0:
                print(f"{done} of {len(tried)} ({time.time() - begun:.0f} s)", file=sys.stderr)
    for mutant in survivors:
        print(f"not noticed: {mutant.group} {mutant.what}")
    for file in totals:
        print(f"{file:14} {caught[file]:4} of {totals[file]:4} noticed")
    share = caught.total() / totals.total()
    print(f"{'all':14} {caught.total():4} of {totals.total():4} noticed: {share:.1%}")
    return 0 if share >= 0.95 else 1


if __name__ == "__main__":
    sys.exit(main())
