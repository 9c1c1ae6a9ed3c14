"""The schema and the page that are rendered from the models."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, cast

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


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    """Each schema within a schema."""
    if isinstance(schema, dict):
        yield cast(dict[str, Any], schema)
    for part in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(part, dict | list):
            yield from parts(part)


def test_defaults_are_what_the_schema_takes():
    """ajv 8 with `useDefaults` writes them into the data."""
    whole = jsonschema.Draft7Validator(schema())
    defaults = [part for part in parts(whole.schema) if "default" in part]
    assert len(defaults) > 100
    for part in defaults:
        assert not list(whole.evolve(schema=part).iter_errors(part["default"])), part


def test_there_is_no_default_where_ajv_would_ignore_it():
    """In strict mode it refuses to compile: ajv 8, "Assigning defaults"."""
    whole = schema()
    for part in parts(whole):
        for form in part.get("anyOf", ()):
            named = whole["$defs"].get(form.get("$ref", "").rpartition("/")[2], form)
            assert [one for one in parts(named) if "default" in one] == []


def test_a_key_without_a_value_is_refused_by_the_schema_as_by_the_reader():
    valid = stack_file.load(stack_file.find("staging", FILES))
    for path in (["plataforma:cache"], ["plataforma:services", "backend", "route"]):
        *parents, last = path
        holder = valid["config"]
        for parent in parents:
            holder = holder[parent]
        kept, holder[last] = holder[last], None
        with pytest.raises(jsonschema.ValidationError, match="None is not of type 'object'"):
            jsonschema.validate(valid, schema())
        holder[last] = kept


def test_titles_are_words():
    titles = re.findall(r'"title": "([^"]*)"', json.dumps(schema()))
    assert {"Log retention days", "Multi AZ", "VPC ID", "CIDR"} <= set(titles)
    assert [title for title in titles if re.search(r"[a-z][A-Z](?<!iB)|Settings", title)] == []
