"""Runbooks search the applications' logs for phrases that the applications write."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from settings.project import ROOT
from tests.docs.pages import name_of, pages

TAILED = re.compile(r"aws logs tail /plataforma/prod/(backend|worker) .*?--filter-pattern '(.*?)'")
SELECTED = re.compile(r'\{service=[^}]*(backend|worker)[^}]*\} \|= "(.*?)"')
FOLDERS = {"backend": "api", "worker": "worker"}
# Of libraries and servers: PostgreSQL, and the JSON that the logger writes.
OTHERS = frozenset({"deadlock detected", '\\"level\\":\\"error\\"'})

RUNBOOKS = [page for page in pages() if page.parent.name == "runbooks"]


def phrases(text: str) -> set[tuple[str, str]]:
    """(service, phrase) of each search of an application's log; words such as ECONNREFUSED, which
    libraries write, are left out."""
    text = text.replace("\\\n", " ")
    quoted = {
        (service, phrase)
        for service, pattern in TAILED.findall(text)
        for phrase in re.findall(r'"((?:\\.|[^"\\])+)"', pattern)
    }
    found = quoted | {(service, phrase) for service, phrase in SELECTED.findall(text)}
    return {(s, p) for s, p in found if p not in OTHERS and p != p.upper()}


@cache
def source(folder: str) -> str:
    return "\n".join(file.read_text() for file in sorted((ROOT / folder / "src").rglob("*.ts")))


@pytest.mark.parametrize("page", RUNBOOKS, ids=name_of)
def test_an_application_writes_what_a_runbook_searches_for(page: Path):
    searched = phrases(page.read_text())
    missing = {(s, p) for s, p in searched if p not in source(FOLDERS[s])}
    assert missing == set()


def test_phrases_are_found_in_the_runbooks():
    assert len({p for page in RUNBOOKS for p in phrases(page.read_text())}) > 15
