"""The list prices of a region, with their sources."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

FILE = Path(__file__).parent / "list_prices.yml"
FREE = Path(__file__).parent / "free.yml"
EVERY_REGION = "*"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Price(_Part):
    """`source`: its name under `sources`; `also`: of another source that has the same price."""

    usd: float
    source: str
    also: str = ""


class Table(_Part):
    """`read`: the day on which it was compiled."""

    read: str
    sources: Mapping[str, str]
    prices: Mapping[str, Mapping[str, Price]]

    @property
    def regions(self) -> list[str]:
        """Those with prices of their own."""
        return sorted(self.prices.keys() - {EVERY_REGION})

    def price(self, region: str, name: str) -> float | None:
        """None where the table has none."""
        for place in (region, EVERY_REGION):
            found = self.prices.get(place, {}).get(name)
            if found:
                return found.usd
        return None


@cache
def table() -> Table:
    # The day stays text.
    return Table.model_validate(yaml.load(FILE.read_text(encoding="utf-8"), yaml.BaseLoader))


@cache
def free_types() -> Mapping[str, str]:
    """The source by type."""
    by_source: dict[str, list[str]] = yaml.safe_load(FREE.read_text(encoding="utf-8"))
    return {token: source for source, tokens in by_source.items() for token in tokens}
