"""Range queries against Prometheus and Loki over their HTTP APIs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import urlopen

LABEL = re.compile(r"\{\{\s*(\w+)\s*\}\}")
TIMEOUT_SECONDS = 60


class SourceError(Exception):
    """A source does not answer, or refuses a query: the address and its words."""


@dataclass(frozen=True)
class Series:
    """Points of one line; times in seconds of the epoch."""

    name: str
    labels: Mapping[str, str]
    times: tuple[float, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class LogLine:
    time: float
    labels: Mapping[str, str]
    text: str


@dataclass(frozen=True)
class Span:
    """The time shown: from `start` to `end` (seconds of the epoch), a point each `step` seconds."""

    start: float
    end: float
    step: int


@dataclass(frozen=True)
class Sources:
    """Base addresses; an empty one has no data."""

    prometheus: str = ""
    loki: str = ""

    def read(self, source: str, expr: str, legend: str, span: Span) -> list[Series] | list[LogLine]:
        """Lines of a graph, or log lines (newest first) for a LogQL query that selects lines."""
        if source == "prometheus" and self.prometheus:
            url = f"{self.prometheus}/api/v1/query_range"
            parameters = {"query": expr, "start": span.start, "end": span.end, "step": span.step}
            return _series(_get(url, parameters)["result"], legend)
        if source == "loki" and self.loki:
            url = f"{self.loki}/loki/api/v1/query_range"
            times = {"start": int(span.start * 1e9), "end": int(span.end * 1e9)}
            data = _get(url, {"query": expr, "step": span.step, "limit": 100, **times})
            if data["resultType"] == "streams":
                return _lines(data["result"])
            return _series(data["result"], legend)
        return []


def _get(url: str, parameters: Mapping[str, object]) -> Any:
    try:
        with urlopen(f"{url}?{urlencode(parameters)}", timeout=TIMEOUT_SECONDS) as answer:
            return json.load(answer)["data"]
    except HTTPError as error:
        words = error.read().decode(errors="replace")[:300]
        raise SourceError(f"{url} refuses {parameters['query']}: {words}") from error
    except (URLError, TimeoutError) as error:
        raise SourceError(f"{url} does not answer: {error}") from error


def _series(result: list[Any], legend: str) -> list[Series]:
    return [
        Series(
            _name(item["metric"], legend),
            item["metric"],
            tuple(float(time) for time, _ in item["values"]),
            tuple(float(value) for _, value in item["values"]),
        )
        for item in result
    ]


def _name(labels: Mapping[str, str], legend: str) -> str:
    if legend and legend != "__auto":
        return LABEL.sub(lambda match: labels.get(match[1], ""), legend).strip() or "value"
    return ", ".join(f"{name}={value}" for name, value in labels.items()) or "value"


def _lines(result: list[Any]) -> list[LogLine]:
    lines = [
        LogLine(int(time) / 1e9, item["stream"], text)
        for item in result
        for time, text in item["values"]
    ]
    return sorted(lines, key=lambda line: line.time, reverse=True)
