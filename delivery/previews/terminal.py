"""Prints a preview for people: what costs something first, then what changes, the verdict last."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from delivery.previews.comment_body import SIGNS
from delivery.previews.model import ORDER, Change, Preview, PropertyDiff
from delivery.previews.process import KNOWN_LATER
from delivery.previews.property_diff import UNSET
from delivery.previews.risks import (
    ADDRESSES,
    DONE,
    REVISIONS_STAY,
    cost_of,
    costly_of,
    narrowed,
    risk_of,
    top,
)
from policies.check import RULES, STACK_RULES, Violation
from resource_types.words import counted
from simulation.changes.comparison import CONTEXT_FILES

COLOURS = {"create": "green", "update": "yellow", "replace": "magenta", "delete": "red"}
SECRETS = ".secrets["
SECRETS_LABEL = ".dockerLabels.plataforma.secrets"
"""Changes with the secrets of a container."""
FILES = f"build.{CONTEXT_FILES}."
CONTEXT = "build.contextDigest"
LABEL_WIDTH = 15
LINE = 110


@dataclass(frozen=True)
class Limits:
    """What is printed of each: costly changes; changes of a type in a part, before they are only
    counted; properties of a change; types in a line."""

    risks: int
    alike: int
    properties: int
    types: int


SHORT = Limits(risks=12, alike=3, properties=6, types=6)
FULL = Limits(risks=10_000, alike=10_000, properties=10_000, types=10_000)
Line = tuple[str, str]
"""A change's sign, and the words; without a sign it goes on with the line above."""
EACH = "<each>"
"""The name of each of several parts, in the lines that say the same of all."""


@dataclass(frozen=True)
class Ending:
    """The last lines. `notes`: on quotas and warnings; `price`: the estimate and its change;
    `made_by`: the engine; `next_step`: what to do now."""

    addresses: Sequence[str]
    made_by: str
    next_step: str
    price: Sequence[str] = ()
    notes: Sequence[str] = ()


def print_preview(
    preview: Preview,
    parts: Sequence[tuple[str, str]],
    ending: Ending,
    console: Console,
    full: bool = False,
) -> None:
    """`parts`: the parts of the stack, each with a summary; printed where no change is. `full`
    leaves out nothing."""
    limits = FULL if full else SHORT
    lines = [_headline(preview), *_refusals(preview), *_risks(preview, limits)]
    lines += _encrypted(preview)
    if preview.lists_all or not (preview.changes or preview.encrypted):
        width = max((len(name) for name, _ in parts), default=0)
        lines += ["", *(f"  {name:<{width}}  {summary}" for name, summary in parts)]
    else:
        lines += [line for group in _groups(preview.changes, limits) for line in ("", *group)]
    lines.append("")
    for line in ending_lines(preview, ending):
        lines += _within(line, console)
    for line in lines:
        console.print(line, soft_wrap=True)


def ending_lines(preview: Preview, ending: Ending) -> Iterator[Text]:
    """Address, price, policy, waits, what made the preview, and the next step."""
    for note in ending.notes:
        label, _, words = note.partition(" ")
        yield _labelled(label, words, "yellow")
    for violation in sorted(preview.violations or (), key=lambda one: not _is_mandatory(one)):
        yield Text(str(violation), style="red" if _is_mandatory(violation) else "yellow")
    if ending.addresses:
        yield _labelled("Address", ", ".join(ending.addresses))
    for number, line in enumerate(ending.price):
        yield _labelled("" if number else "Price", line)
    yield _policy(preview.violations or ())
    yield _labelled("Longest wait", _longest_wait(preview))
    yield _labelled("SIMULATION", f"not AWS: {ending.made_by}", "bold")
    yield _labelled("Next", ending.next_step)


def _headline(preview: Preview) -> Text:
    if preview.lists_all:
        return Text(f"{preview.stack}: {len(preview.changes)} resources, all new", style="bold")
    revisions = sum(_is_revision(change) for change in preview.changes)
    count = preview.count - Counter({"replace": revisions})
    parts = [f"{count[op]} {DONE[op]}" for op in ORDER if count[op]]
    if revisions:
        parts.append(counted(revisions, "new revision"))
    if preview.encrypted:
        parts.append(counted(len(preview.encrypted), "other secret"))
    words = ", ".join([*(parts or ["nothing changes"]), f"{preview.same} unchanged"])
    return Text(f"{preview.stack}: {words}; against {preview.against}", style="bold")


# What costs something


def _refusals(preview: Preview) -> Iterator[Text]:
    for error in preview.errors:
        yield Text(f"!! {'REFUSED':<{LABEL_WIDTH}}", style="bold red").append(error)


def _risks(preview: Preview, limits: Limits) -> Iterator[Text]:
    if preview.lists_all:
        return
    costly = costly_of(preview)
    told = _together(costly, limits)
    for label, words in told[: limits.risks]:
        text = Text(f"!! {label:<{LABEL_WIDTH}}", style="bold red")
        yield text.append(words, style="not bold red")
    if len(told) > limits.risks:
        yield Text(f"!! and {len(told) - limits.risks} more: ARGS=--full", style="bold red")
    for change in preview.changes:
        if words := narrowed(change):
            yield Text(f"!  {ADDRESSES:<{LABEL_WIDTH}}{_subject(change)}: {words}", style="yellow")
    for operation, label in (("replace", "REPLACED"), ("delete", "DESTROYED")):
        rest = [c for c in preview.changes if c.operation == operation and _is_plain(c)]
        if rest:
            more = "more " if costly else ""
            words = f"{counted(len(rest), f'{more}resource')} without data: {_types(rest, limits)}"
            yield Text(f"!  {label:<{LABEL_WIDTH}}{words}", style="yellow")


def _together(costly: Sequence[tuple[str, Change]], limits: Limits) -> list[tuple[str, str]]:
    """Label and words of each, those that cost the same in one line."""
    alike: dict[tuple[str, str, str], list[Change]] = {}
    for label, change in costly:
        alike.setdefault((label, _kind(change), cost_of(change)), []).append(change)
    lines: list[tuple[str, str]] = []
    for (label, kind, cost), found in alike.items():
        if 1 < len(found) <= limits.alike:
            lines += [(label, f"{_subject(change)}: {cost}") for change in found]
            continue
        names = ", ".join(change.name for change in found)
        lines.append(
            (label, f"{kind if len(found) == 1 else f'{len(found)} {kind}'} {names}: {cost}")
        )
    return lines


def _is_plain(change: Change) -> bool:
    """Whether its replacement or deletion costs nothing by itself."""
    return not risk_of(change) and not _is_revision(change)


def _is_revision(change: Change) -> bool:
    """Whether it is another revision of a task definition, whose earlier ones stay."""
    return change.operation == "replace" and change.note == REVISIONS_STAY


# What changes


def _encrypted(preview: Preview) -> Iterator[Text]:
    """The values themselves are in no preview."""
    if preview.encrypted:
        yield Text("\nencrypted values", style="bold")
    for path in preview.encrypted:
        yield _signed("update", f"{path}  the services that read it start new tasks")


def _groups(changes: Sequence[Change], limits: Limits) -> Iterator[list[Text]]:
    """Each part with its lines; parts of a kind whose lines say the same are one."""
    groups: dict[str, list[Change]] = {}
    for change in changes:
        groups.setdefault(change.group, []).append(change)
    alike: dict[tuple[str, tuple[Line, ...]], list[str]] = {}
    lines = {name: tuple(_members(members, limits)) for name, members in groups.items()}
    for group in groups:
        kind = group.partition(" ")[0]
        told = tuple((sign, _renamed(words, group)) for sign, words in lines[group])
        alike.setdefault((kind, tuple(sorted(told))), []).append(group)
    for (kind, _), found in alike.items():
        if len(found) == 1 or limits is FULL:
            for group in found:
                yield [Text(group, style="bold"), *map(_text, lines[group])]
            continue
        names = [group.partition(" ")[2] for group in found]
        told = ((sign, _renamed(words, found[0])) for sign, words in lines[found[0]])
        yield [Text(f"{kind} {', '.join(names)}", style="bold"), *map(_text, told)]


def _renamed(words: str, group: str) -> str:
    """The words with a placeholder for the name of their part."""
    kind, _, name = group.partition(" ")
    pattern = rf"(?<![\w-])(?:{re.escape(kind)}-)?{re.escape(name)}(?![\w])"
    return re.sub(pattern, EACH, words) if name else words


def _text(line: Line) -> Text:
    operation, words = line
    return _signed(operation, words) if operation else Text(f"      {words}")


def _members(changes: Sequence[Change], limits: Limits) -> Iterator[Line]:
    """Updates and replacements each for itself unless many are alike; the rest by their types."""
    for operation in ORDER:
        found = [change for change in changes if change.operation == operation]
        if operation in ("create", "delete"):
            if found:
                yield operation, _types(found, limits)
            continue
        alike: dict[str, list[Change]] = {}
        for change in found:
            alike.setdefault(change.type, []).append(change)
        for together in alike.values():
            if len(together) > limits.alike:
                paths = dict.fromkeys(top(diff.path) for c in together for diff in c.diffs)
                yield operation, f"{len(together)} {_kind(together[0])}  {', '.join(paths)}"
                continue
            for change in together:
                yield from _changed(change, limits)


def _changed(change: Change, limits: Limits) -> Iterator[Line]:
    is_told = any(SECRETS in diff.path for diff in change.diffs)
    told = [diff for diff in change.diffs if not (is_told and SECRETS_LABEL in diff.path)]
    if any(diff.path.startswith(FILES) for diff in told):
        told = [diff for diff in told if diff.path != CONTEXT]
    shown = _folded(told, limits)
    if len(shown) > limits.properties:
        more = len(shown) - limits.properties
        shown[limits.properties :] = [f"and {counted(more, 'more property', 'more properties')}"]
    line = f"{_subject(change)}  {', '.join(shown)}"
    if len(line) <= LINE:
        yield change.operation, line
        return
    yield change.operation, _subject(change)
    yield from (("", words) for words in shown)


def _folded(diffs: Sequence[PropertyDiff], limits: Limits) -> list[str]:
    """What differs; of too many properties those of one map, such as a log driver's options, are
    counted."""
    if len(diffs) <= limits.properties:
        return list(dict.fromkeys(map(_diff, diffs)))
    maps = Counter(_map_of(diff) for diff in diffs)
    return list(
        dict.fromkeys(
            f"{where}: {maps[where]} properties"
            if maps[where := _map_of(diff)] > 3
            else _diff(diff)
            for diff in diffs
        )
    )


def _map_of(diff: PropertyDiff) -> str:
    return diff.path.rpartition(".")[0] if not diff.path.startswith(FILES) else diff.path


def _diff(diff: PropertyDiff) -> str:
    """Old and new value where they say something, else what is known of the change."""
    if diff.path.startswith(FILES):
        done = "added" if diff.old == UNSET else "removed" if diff.new == UNSET else "changed"
        return f"{diff.path.removeprefix(FILES)} {done}"
    if diff.path == CONTEXT:
        return "a file of its build context changed"
    if {diff.old, diff.new} == {None, UNSET} and "${" not in diff.path:
        return f"{diff.path}: {'added' if diff.old == UNSET else 'removed'}"
    told = {diff.old, diff.new} - {None, KNOWN_LATER}
    if told and "${" not in diff.path:
        return f"{diff.path}: {diff.old or '…'} → {diff.new or '…'}"
    later = diff.new == KNOWN_LATER and diff.old in (None, KNOWN_LATER)
    return f"{top(diff.path)}: {'known after the change' if later else 'changed'}"


def _signed(operation: str, words: str) -> Text:
    return Text("  ").append(f"{SIGNS[operation]} ", style=COLOURS[operation]).append(words)


def _types(changes: Iterable[Change], limits: Limits) -> str:
    """`Service mailer, 2 Role`; of many types the commonest."""
    by_type: dict[str, list[Change]] = {}
    for change in changes:
        by_type.setdefault(_kind(change), []).append(change)
    told = [
        f"{kind} {found[0].name}" if len(found) == 1 else f"{len(found)} {kind}"
        for kind, found in by_type.items()
    ]
    if len(told) > limits.types:
        common = sorted(by_type, key=lambda kind: -len(by_type[kind]))[: limits.types]
        rest = sum(len(found) for kind, found in by_type.items() if kind not in common)
        told = [f"{len(by_type[kind])} {kind}" for kind in common] + [f"{rest} others"]
    return ", ".join(told)


def _subject(change: Change) -> str:
    return f"{_kind(change)} {change.name}"


def _kind(change: Change) -> str:
    return change.type.rpartition(":")[2]


# The end


def _within(line: Text, console: Console) -> Iterator[Text]:
    """The line as lines of the terminal's width, all but the first below its words."""
    if len(line) <= console.width:
        yield line
        return
    label, words = line.divide([LABEL_WIDTH])
    for part in words.wrap(console, max(console.width - LABEL_WIDTH, LABEL_WIDTH)):
        yield label.append_text(part)
        label = Text(" " * LABEL_WIDTH)


def _labelled(label: str, words: str, style: str = "") -> Text:
    return Text(f"{label:<{LABEL_WIDTH}}", style=style).append(words)


def _policy(violations: Sequence[Violation]) -> Text:
    mandatory = sum(_is_mandatory(one) for one in violations)
    if mandatory:
        words = f"{counted(mandatory, 'mandatory rule')} broken: a deployment is refused"
        return _labelled("Policy", words, "red")
    if violations:
        return _labelled("Policy", f"passes, with {counted(len(violations), 'advice')}", "yellow")
    return _labelled("Policy", f"passes: none of {len(RULES) + len(STACK_RULES)} rules is broken")


def _longest_wait(preview: Preview) -> str:
    if not preview.waits:
        return "none: no service starts new tasks"
    wait = max(preview.waits, key=lambda one: one.seconds)
    return f"{wait.seconds} s for the {wait.strategy} deployment of {wait.service}, when healthy"


def _is_mandatory(violation: Violation) -> bool:
    return violation.enforcement == "mandatory"
