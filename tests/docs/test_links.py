"""Links between pages lead somewhere; paths and keys of the stack file that pages name exist."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from settings.project import ROOT
from tests.docs.pages import FENCE, SPAN, name_of, pages
from tests.support.users_files import is_users

LINK = re.compile(r"\]\(([^()\s]+)\)")
PATH = re.compile(r"[\w.-]+/[\w./*<>-]*")
FOLDERS = frozenset(path.name for path in ROOT.iterdir() if path.is_dir())
KEY = re.compile(r"^plataforma:([A-Za-z0-9.<>_-]+)")
STACKS = [page for page in pages() if page.parent.name != "bootstrap"]
"""Pages about the stack file; bootstrap/ is a project with keys of its own."""
OTHERS = frozenset({"queues"})
"""plataforma:queues is a set in Redis."""
Schema = Mapping[str, Any]


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_links_lead_to_a_file_and_a_heading(page: Path):
    links = LINK.findall(SPAN.sub("", FENCE.sub("", page.read_text())))
    assert [link for link in links if not leads_somewhere(page, link)] == []


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_paths_of_the_repository_exist(page: Path):
    spans = SPAN.findall(FENCE.sub("", page.read_text()))
    named = {span for span in spans if PATH.fullmatch(span) and span.partition("/")[0] in FOLDERS}
    assert [path for path in sorted(named) if not exists(path)] == []


@pytest.mark.parametrize("page", STACKS, ids=name_of)
def test_keys_of_the_stack_file_exist(page: Path):
    spans = SPAN.findall(FENCE.sub("", page.read_text()))
    keys = {found[1] for span in spans if (found := KEY.match(span))}
    assert [key for key in sorted(keys) if key not in OTHERS and not is_key(key)] == []


@pytest.mark.parametrize(
    ("key", "exists"),
    [
        ("services.backend.scaling.min", True),
        ("services.<name>.environment.LOG_LEVEL", True),
        ("secrets", True),
        ("services.backend.scaling.minimum", False),
        ("databse", False),
    ],
)
def test_a_key_is_looked_up_in_the_schema(key: str, *, exists: bool):
    assert is_key(key) is exists


def leads_somewhere(page: Path, link: str) -> bool:
    if re.match(r"https?:|mailto:", link):
        return True
    path, _, heading = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists():
        return False
    return not heading or heading in anchors(target)


def exists(path: str) -> bool:
    """A placeholder stands for anything: ecs-taskdef-<service>.<stack>.json. Users may delete what
    is theirs."""
    if is_users(ROOT / path):
        return True
    return any(ROOT.glob(re.sub(r"<[^>]*>", "*", path.rstrip("/"))))


@cache
def anchors(page: Path) -> frozenset[str]:
    """The anchors that GitHub gives a page's headings."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    bare = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return frozenset(heading.replace(" ", "-") for heading in bare)


def is_key(key: str) -> bool:
    first, *rest = key.split(".")
    at = list(_below(_schema(), "config"))
    for name in (f"plataforma:{first}", *rest):
        at = [below for schema in at for below in _below(schema, name)]
    return bool(at)


@cache
def _schema() -> Schema:
    return json.loads((ROOT / "stack.schema.json").read_text())


def _below(schema: Schema, name: str) -> Iterator[Schema]:
    """What `name` may hold in each alternative of a schema."""
    if "$ref" in schema:
        schema = _schema()["$defs"][schema["$ref"].rpartition("/")[2]]
    for alternative in schema.get("anyOf", ()):
        yield from _below(alternative, name)
    if name in schema.get("properties", {}):
        yield schema["properties"][name]
    elif isinstance(schema.get("additionalProperties"), dict):
        yield schema["additionalProperties"]
    for pattern, below in schema.get("patternProperties", {}).items():
        if re.search(pattern, name) or name.startswith("<"):
            yield below
