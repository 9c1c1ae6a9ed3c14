"""Checks a PromQL query of slo.yml, and finds its metric, without Prometheus."""

from __future__ import annotations

import re

WINDOW = re.compile(r"\{\{\s*\.window\s*\}\}")
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
SELECTOR = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)\{([^{}]*)\}")
MATCHER = re.compile(r'([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*")')
PAIRS = {")": "(", "]": "[", "}": "{"}


def has_window(query: str) -> bool:
    """Whether the query has the placeholder {{.window}}."""
    return WINDOW.search(query) is not None


def over(query: str, window: str) -> str:
    """The query with its range filled in."""
    return WINDOW.sub(window, query.strip())


def unbalanced(query: str) -> str | None:
    """What is wrong with quotes and brackets, if anything."""
    text = STRING.sub("", over(query, "5m"))
    if '"' in text:
        return 'a " is not closed'
    open_ones: list[str] = []
    for character in text:
        if character in PAIRS.values():
            open_ones.append(character)
        elif character in PAIRS and (not open_ones or open_ones.pop() != PAIRS[character]):
            return f"{character} closes nothing"
    return f"{open_ones[-1]} is not closed" if open_ones else None


def source(query: str) -> tuple[str, str | None] | None:
    """The selectors of a query's first metric and of its targets' `up`, or None without a metric.

    The first selects the metric, with only its equality matchers and its job: the series that a
    target exports even when nothing has happened yet. The second selects `up`, or is None where
    the metric has no job, such as one that a rule records.
    """
    found = SELECTOR.search(over(query, "5m"))
    if not found:
        return None
    matchers = MATCHER.findall(found[2])
    job = [f"{label}{sign}{value}" for label, sign, value in matchers if label == "job"]
    kept = [f"{label}={value}" for label, sign, value in matchers if _is_fixed(label, sign)]
    up = f"up{{{','.join(job)}}}" if job else None
    return f"{found[1]}{{{','.join([*job, *kept])}}}", up


def _is_fixed(label: str, sign: str) -> bool:
    return sign == "=" and label != "job"
