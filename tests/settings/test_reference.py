"""The schema and the page that are rendered from the models."""

from __future__ import annotations

import json
import re

import jsonschema
import pytest

from commands.render.reference import rendered, schema
from settings import stack_file
from tests.support.stacks import FILES, STACKS


@pytest.mark.parametrize("stack", STACKS)
def test_stack_files_fit_the_schema(stack: str):
    jsonschema.validate(stack_file.load(stack_file.find(stack, FILES)), schema())


def test_schema_and_config_reference_are_as_the_models_say():
    for path, text in rendered().items():
        assert path.read_text() == text, f"{path.name} is out of date: run `make reference`"


def test_patterns_are_those_of_browsers_and_editors_too():
    """ECMAScript's with the flag u, as in ajv 8: of other characters an escape is an error."""
    patterns = re.findall(r'"pattern": ("(?:[^"\\]|\\.)*")', json.dumps(schema()))
    assert len(patterns) > 20
    escaped = {e for text in patterns for e in re.findall(r"\\(.)", json.loads(text))}
    assert escaped <= set(r"dDwWsSbB^$\.*+?()[]{}|/-")


def test_titles_are_words():
    titles = re.findall(r'"title": "([^"]*)"', json.dumps(schema()))
    assert "Log retention days" in titles
    assert [title for title in titles if re.search(r"[a-z][A-Z]|Settings", title)] == []
