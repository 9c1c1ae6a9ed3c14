"""Previews as one Markdown comment: what could hurt first, all else folded, never too long."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from delivery.github.markdown import code, counted, in_html
from delivery.previews.model import Change, Diff, Preview, Violation

LIMIT = 65_000
"""Characters; GitHub takes 65,536."""

SUMMARY_LIMIT = 250_000
"""Characters; a job's summary takes 1 MiB, and a character is at most four bytes."""

BUDGETS = (2000, 400, 150, 80, 40, 25, 15, 8, 4, 2, 1)
"""Lines of one list, tried in turn until the comment is short enough."""

FOLDED_GROUPS = 8
"""Below so many lines a list, the parts of the platform are told together."""

PATHS = 12
ENDS = 25
SIGNS = {"create": "+", "update": "~", "replace": "±", "delete": "-"}
ORDER = {"replace": 0, "delete": 1, "update": 2, "create": 3}


def body(previews: Sequence[Preview], marker: str, title: str, limit: int = LIMIT) -> str:
    """The comment; its first line is `marker`, which is not seen."""
    head = [marker, f"## {title}", ""]
    for budget in BUDGETS:
        text = "\n".join([*head, *_all(previews, budget)]).rstrip() + "\n"
        if len(text) <= limit:
            return text
    lines = [*head, *(_headline(preview) for preview in previews)]
    return _cut("\n\n".join(lines), limit)


def headline(preview: Preview) -> str:
    """`3 create, 5 update, 2 replace, 1 delete, 300 same`."""
    if preview.errors:
        return "the preview failed"
    if preview.whole:
        return counted(len(preview.changes), "resource")
    count = preview.count
    parts = [
        f"**{count[op]} {op.upper()}**" if op in ("replace", "delete") else f"{count[op]} {op}"
        for op in ("create", "update", "replace", "delete")
        if count[op]
    ]
    return ", ".join([*(parts or ["no change"]), f"{preview.same} same"])


def changes_by_weight(preview: Preview) -> list[Change]:
    return sorted(preview.changes, key=lambda c: (ORDER[c.operation], c.group, c.type, c.name))


def _all(previews: Sequence[Preview], budget: int) -> Iterator[str]:
    for preview in previews:
        yield _headline(preview)
        yield ""
        yield from _sections(preview, budget)


def _headline(preview: Preview) -> str:
    return f"### {code(preview.stack)}: {headline(preview)}"


def _sections(preview: Preview, budget: int) -> Iterator[str]:
    yield from _errors(preview, budget)
    yield from _destroys(preview, budget)
    yield from _broken_rules(preview.violations or (), budget)
    if not preview.whole:
        yield from _ends(preview, budget)
        yield from _groups(preview, budget)
    else:
        yield from _kinds(preview, budget)
    yield from _waits(preview, budget)
    yield from _warnings(preview, budget)
    yield f"<sub>{_made_by(preview)}</sub>"
    yield ""


def _errors(preview: Preview, budget: int) -> Iterator[str]:
    if preview.errors:
        yield "> [!CAUTION]"
        yield "> **The preview failed; what follows is not the whole change.**"
        errors = [f"> - {code(text, 400)}" for text in preview.errors]
        yield from _capped(errors, min(budget, 20), "> - and {} more errors")
        yield ""


def _destroys(preview: Preview, budget: int) -> Iterator[str]:
    ends = [change for change in changes_by_weight(preview) if change.lost]
    if not ends:
        return
    yield "> [!CAUTION]"
    yield f"> **This destroys data: {_holders(len(ends))}.**"
    lines = [
        f"> - **{c.operation.upper()}** {_subject(c)}: {c.lost}{_because(c)}{_noted(c)}"
        for c in ends
    ]
    yield from _capped(lines, budget, "> - and {} more that hold data")
    yield ""


def _holders(count: int) -> str:
    return "1 resource that holds it" if count == 1 else f"{count} resources that hold it"


def _broken_rules(violations: Sequence[Violation], budget: int) -> Iterator[str]:
    if not violations:
        return
    mandatory = sum(v.mandatory for v in violations)
    yield f"**{counted(len(violations), 'rule')} broken**, {mandatory} of them mandatory:"
    lines = [
        f"- {'**mandatory**' if v.mandatory else 'advisory'} {code(v.rule)}"
        f"{' ' + code(v.resource) if v.resource else ''}: {code(v.message, 300)}"
        for v in sorted(violations, key=lambda v: (not v.mandatory, v.rule, v.resource))
    ]
    yield from _capped(lines, budget, "- and {} more")
    yield ""


def _ends(preview: Preview, budget: int) -> Iterator[str]:
    """Replacements and deletions that destroy no data."""
    for operation, words in (("replace", "Replaced"), ("delete", "Deleted")):
        found = [c for c in changes_by_weight(preview) if c.operation == operation and not c.lost]
        if found:
            yield f"**{words} ({len(found)}):**"
            lines = [f"- {_subject(c)}{_because(c)}{_noted(c)}" for c in found]
            yield from _capped(lines, min(budget, ENDS), "- and {} more, below by part")
            yield ""


def _groups(preview: Preview, budget: int) -> Iterator[str]:
    """Every change, by the part of the platform that it belongs to."""
    groups: dict[str, list[Change]] = {}
    for change in changes_by_weight(preview):
        groups.setdefault(change.group, []).append(change)
    if budget < FOLDED_GROUPS:
        parts, total = counted(len(groups), "part"), counted(len(preview.changes), "change")
        if groups:
            yield f"{total} in {parts}; too many to list here, see the job's summary."
            yield ""
        return
    for group, changes in sorted(groups.items()):
        yield "<details>"
        yield f"<summary>{in_html(group)}: {_in_words(changes)}</summary>"
        yield ""
        lines = [line for change in changes for line in _lines(change, budget)]
        yield from _capped(lines, budget, "- and {} more lines left out")
        yield ""
        yield "</details>"
    if groups:
        yield ""


def _kinds(preview: Preview, budget: int) -> Iterator[str]:
    """A whole stack by part and type: nothing is known of what stands already."""
    groups: dict[str, Counter[str]] = {}
    for change in preview.changes:
        groups.setdefault(change.group, Counter())[change.type.rpartition(":")[2]] += 1
    yield "<details>"
    yield f"<summary>{counted(len(groups), 'part')} of the platform</summary>"
    yield ""
    lines = [
        f"- {code(group)}: {', '.join(f'{n} {code(kind)}' for kind, n in sorted(kinds.items()))}"
        for group, kinds in sorted(groups.items())
    ]
    yield from _capped(lines, budget, "- and {} more parts")
    yield ""
    yield "</details>"
    yield ""


def _waits(preview: Preview, budget: int) -> Iterator[str]:
    if preview.waits:
        lines = [f"{code(w.service)} ({code(w.strategy)}) {w.seconds} s" for w in preview.waits]
        shown = lines[: max(budget, 1)]
        left = f" and {len(lines) - len(shown)} more" if len(shown) < len(lines) else ""
        yield f"**Rollouts, when healthy, wait:** {', '.join(shown)}{left}."
        yield ""


def _warnings(preview: Preview, budget: int) -> Iterator[str]:
    if preview.warnings:
        yield "<details>"
        yield f"<summary>{counted(len(preview.warnings), 'warning')}</summary>"
        yield ""
        lines = [f"- {code(text, 300)}" for text in preview.warnings]
        yield from _capped(lines, min(budget, 20), "- and {} more")
        yield ""
        yield "</details>"
        yield ""


def _made_by(preview: Preview) -> str:
    if preview.engine == "pulumi":
        rules = "" if preview.violations is not None else " Rules were not checked here."
        return f"By the Pulumi engine, against the stack's state.{rules}"
    if preview.compared:
        return (
            "In process, with no credential: this branch's program against that of the branch it "
            "would be merged into. Whether an update turns out a replacement, only the engine with "
            "the stack's state can say."
        )
    return (
        "In process, with no credential: what the stack would consist of, not what would change "
        "against what stands."
    )


def _lines(change: Change, budget: int) -> Iterator[str]:
    yield f"- {code(SIGNS[change.operation])} {_subject(change)}{_because(change)}{_noted(change)}"
    most = min(PATHS, budget)
    lines = [f"  - {_diff(diff)}" for diff in change.diffs]
    yield from _capped(lines, most, "  - and {} more properties")


def _diff(diff: Diff) -> str:
    if diff.old is None and diff.new is None:
        return code(diff.path)
    old, new = (code(v, 80) if v is not None else "…" for v in (diff.old, diff.new))
    return f"{code(diff.path)}: {old} → {new}"


def _subject(change: Change) -> str:
    return f"{code(change.name)} ({code(change.type)})"


def _because(change: Change) -> str:
    if not change.because:
        return ""
    shown = ", ".join(code(path, 60) for path in change.because[:5])
    more = f" and {len(change.because) - 5} more" if len(change.because) > 5 else ""
    return f", because of {shown}{more}"


def _noted(change: Change) -> str:
    return f"; {change.note}" if change.note else ""


def _in_words(changes: Sequence[Change]) -> str:
    count = Counter(change.operation for change in changes)
    return ", ".join(f"{count[op]} {op}" for op in ORDER if count[op])


def _capped(lines: Sequence[str], most: int, left_out: str) -> Iterator[str]:
    yield from lines[:most]
    if len(lines) > most:
        yield left_out.format(len(lines) - most)


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return f"{text}\n" if len(text) < limit else text
    note = "\n\nToo much for a comment: see the job's summary.\n"
    return text[: limit - len(note)].rpartition("\n")[0] + note
