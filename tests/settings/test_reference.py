"""The schema and the page that are rendered from the models."""

from __future__ import annotations

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
