"""Renders previews as one Markdown comment: data loss first, details folded, length limited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from delivery.github.markdown import code, in_html
from delivery.previews.model import ORDER, Change, Preview, PropertyDiff
from delivery.previews.price.section import price_section
from policies.check import Violation
from resource_types.words import counted

LIMIT = 65_000
"""Characters; GitHub accepts 65,536."""

SUMMARY_LIMIT = 250_000
"""Characters; GitHub accepts 1 MiB for a job's summary, and a character has at most four bytes."""

BUDGETS = (2000, 400, 150, 80, 40, 25, 15, 8, 4, 2, 1)
"""Lines per list, tried in turn until the comment is short enough."""

MIN_GROUP_LINES = 8
"""With fewer lines per list the groups are left out, and only counted."""

MAX_PROPERTIES = 12
MAX_REMOVED = 25
SIGNS = {"create": "+", "update": "~", "replace": "±", "delete": "-"}


def body(previews: Sequence[Preview], marker: str, title: str, limit: int = LIMIT) -> str:
    """The comment; its first line is `marker`, an HTML comment."""
    head = [marker, f"## {title}", ""]
    for budget in BUDGETS:
        text = "\n".join([*head, *_all(previews, budget)]).rstrip() + "\n"
        if len(text) <= limit:
            return text
    lines = [*head, *(_headline(preview) for preview in previews)]
    return _cut("\n\n".join(lines), limit)


def headline(preview: Preview) -> str:
    """`3 create, 5 update, 2 replace, 1 delete, 300 same`."""
    if preview.errors and preview.engine == "pulumi":
        return "the preview failed"
    if preview.lists_all:
        return counted(len(preview.changes), "resource")
    count = preview.count
    parts = [
        f"**{count[op]} {op.upper()}**" if op in ("replace", "delete") else f"{count[op]} {op}"
        for op in ("create", "update", "replace", "delete")
        if count[op]
    ]
    if preview.errors:
        parts.insert(0, "**REFUSED**")
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
    yield from _data_loss(preview, budget)
    yield from _downtime(preview, budget)
    yield from _upgrades(preview, budget)
    yield from _violations(preview.violations or (), budget)
    if not preview.lists_all:
        yield from _removed(preview, budget)
        yield from _groups(preview, budget)
    else:
        yield from _counts_by_type(preview, budget)
    yield from _waits(preview, budget)
    if preview.price:
        yield from price_section(preview.price, budget)
    yield from _warnings(preview, budget)
    yield f"<sub>{_made_by(preview)}</sub>"
    yield ""


def _errors(preview: Preview, budget: int) -> Iterator[str]:
    """Those of the engine, or what the comparison of two plans finds refused."""
    if preview.errors:
        failed = "The preview failed: the changes below are incomplete."
        refused = "A deployment of this is refused."
        yield "> [!CAUTION]"
        yield f"> **{failed if preview.engine == 'pulumi' else refused}**"
        errors = [f"> - {code(text, 400)}" for text in preview.errors]
        yield from _capped(errors, min(budget, 20), "> - and {} more errors")
        yield ""


def _data_loss(preview: Preview, budget: int) -> Iterator[str]:
    losses = [change for change in changes_by_weight(preview) if change.data_loss]
    if not losses:
        return
    yield "> [!CAUTION]"
    yield f"> **This destroys data in {counted(len(losses), 'resource')}.**"
    lines = [
        f"> - **{c.operation.upper()}** {_subject(c)}: {c.data_loss}{_reasons(c)}{_note(c)}"
        for c in losses
    ]
    yield from _capped(lines, budget, "> - and {} more")
    yield ""


def _downtime(preview: Preview, budget: int) -> Iterator[str]:
    """Outages without loss of data."""
    changes = changes_by_weight(preview)
    interrupted = [change for change in changes if change.downtime and not change.data_loss]
    if not interrupted:
        return
    yield "> [!WARNING]"
    yield "> **This interrupts what runs.**"
    lines = [
        f"> - **{c.operation.upper()}** {_subject(c)}: {c.downtime}{_note(c)}" for c in interrupted
    ]
    yield from _capped(lines, budget, "> - and {} more")
    yield ""


def _upgrades(preview: Preview, budget: int) -> Iterator[str]:
    upgrades = [change for change in changes_by_weight(preview) if change.upgrade]
    if not upgrades:
        return
    yield "> [!CAUTION]"
    yield "> **AWS can't undo this: the way back is a snapshot from before.** See docs/stores.md."
    lines = [f"> - **UPGRADE** {_subject(change)}: {change.upgrade}" for change in upgrades]
    yield from _capped(lines, budget, "> - and {} more")
    yield ""


def _violations(violations: Sequence[Violation], budget: int) -> Iterator[str]:
    if not violations:
        return
    mandatory = sum(_is_mandatory(v) for v in violations)
    yield f"**{counted(len(violations), 'policy violation')}**, {mandatory} mandatory:"
    lines = [
        f"- {'**mandatory**' if _is_mandatory(v) else 'advisory'} {code(v.rule)}"
        f"{' ' + code(v.resource) if v.resource else ''}: {code(v.message, 300)}"
        for v in sorted(violations, key=lambda v: (not _is_mandatory(v), v.rule, v.resource))
    ]
    yield from _capped(lines, budget, "- and {} more")
    yield ""


def _is_mandatory(violation: Violation) -> bool:
    return violation.enforcement == "mandatory"


def _removed(preview: Preview, budget: int) -> Iterator[str]:
    """Replacements and deletions that destroy no data."""
    for operation, words in (("replace", "Replaced"), ("delete", "Deleted")):
        changes = (c for c in changes_by_weight(preview) if c.operation == operation)
        found = [change for change in changes if not change.data_loss]
        if found:
            yield f"**{words} ({len(found)}):**"
            lines = [f"- {_subject(c)}{_reasons(c)}{_note(c)}" for c in found]
            yield from _capped(lines, min(budget, MAX_REMOVED), "- and {} more, listed below")
            yield ""


def _groups(preview: Preview, budget: int) -> Iterator[str]:
    """Every change, grouped by part of the platform."""
    groups: dict[str, list[Change]] = {}
    for change in changes_by_weight(preview):
        groups.setdefault(change.group, []).append(change)
    if budget < MIN_GROUP_LINES:
        parts, total = counted(len(groups), "part"), counted(len(preview.changes), "change")
        if groups:
            yield f"{total} in {parts}; too many to list here, see the job's summary."
            yield ""
        return
    for group, changes in sorted(groups.items()):
        yield "<details>"
        yield f"<summary>{in_html(group)}: {_counts(changes)}</summary>"
        yield ""
        lines = [line for change in changes for line in _lines(change, budget)]
        yield from _capped(lines, budget, "- and {} more lines left out")
        yield ""
        yield "</details>"
    if groups:
        yield ""


def _counts_by_type(preview: Preview, budget: int) -> Iterator[str]:
    """The number of resources by part of the platform and type."""
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
        yield f"**Healthy rollouts take:** {', '.join(shown)}{left}."
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
        rules = "" if preview.violations is not None else " Policy rules were not checked."
        return f"Previewed by the Pulumi engine against the stack's state.{rules}"
    if preview.against:
        return (
            "Previewed in process, without credentials: this branch's program compared with that "
            f"of {preview.against}. Only the engine knows the stack's state."
        )
    return (
        "Previewed in process, without credentials: every resource of the stack, not its changes."
    )


def _lines(change: Change, budget: int) -> Iterator[str]:
    yield f"- {code(SIGNS[change.operation])} {_subject(change)}{_reasons(change)}{_note(change)}"
    most = min(MAX_PROPERTIES, budget)
    lines = [f"  - {_diff(diff)}" for diff in change.diffs]
    yield from _capped(lines, most, "  - and {} more properties")


def _diff(diff: PropertyDiff) -> str:
    if diff.old is None and diff.new is None:
        return code(diff.path)
    old, new = (code(v, 80) if v is not None else "…" for v in (diff.old, diff.new))
    return f"{code(diff.path)}: {old} → {new}"


def _subject(change: Change) -> str:
    return f"{code(change.name)} ({code(change.type)})"


def _reasons(change: Change) -> str:
    if not change.replace_reasons:
        return ""
    shown = ", ".join(code(path, 60) for path in change.replace_reasons[:5])
    more = f" and {len(change.replace_reasons) - 5} more" if len(change.replace_reasons) > 5 else ""
    return f", because of {shown}{more}"


def _note(change: Change) -> str:
    return f"; {change.note}" if change.note else ""


def _counts(changes: Sequence[Change]) -> str:
    count = Counter(change.operation for change in changes)
    return ", ".join(f"{count[op]} {op}" for op in ORDER if count[op])


def _capped(lines: Sequence[str], most: int, left_out: str) -> Iterator[str]:
    yield from lines[:most]
    if len(lines) > most:
        yield left_out.format(len(lines) - most)


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return f"{text}\n" if len(text) < limit else text
    note = "\n\nToo long for a comment: see the job's summary.\n"
    return text[: limit - len(note)].rpartition("\n")[0] + note
