"""The stack config, read once and checked whole before any resource is registered.

This is the only file that reads `pulumi.Config`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime.config import CONFIG

from settings import stack_file
from settings.checks import other_stacks
from settings.checks.newer_types import newer_instance_types
from settings.checks.other_stacks import ranges_that_overlap
from settings.checks.parts import address_without_a_route, queues_without_a_consumer
from settings.cross_checks import cross_problems
from settings.draft import Draft, draft_of, misspelt
from settings.problems import Problem, SettingsError, own_values
from settings.secrets import plain_text_problems
from settings.service.images import dockerfile_problems
from settings.settings import Settings


def load() -> Settings:
    """The checked settings of the current stack.

    Errors: SettingsError with every problem of the stack file.
    """
    stack, project = pulumi.get_stack(), pulumi.get_project()
    raw, undecoded = _decode(CONFIG.get())
    draft, problems = _check(raw, project, stack)
    problems += [*undecoded, *plain_text_problems(_written(stack, project), stack)]
    if draft.images and draft.images.build:
        images = {name: service.image for name, service in draft.services.items()}
        problems += dockerfile_problems(images, Path("images"))
    others = other_stacks.read(stack, Path())
    problems += other_stacks.promoted_stack_exists(draft, others)
    if problems:
        raise SettingsError(stack, problems)
    warnings = (
        *address_without_a_route(draft),
        *queues_without_a_consumer(draft),
        *newer_instance_types(draft),
        *ranges_that_overlap(draft, others),
    )
    for warning in warnings:
        pulumi.log.warn(str(warning))
    return draft.settings()


def parse(raw: Mapping[str, Any], project: str = "plataforma", stack: str = "staging") -> Settings:
    """Settings from plain values by key, without the namespace.

    Errors: SettingsError with every problem.
    """
    draft, problems = _check(raw, project, stack)
    if problems:
        raise SettingsError(stack, problems)
    return draft.settings()


def _check(raw: Mapping[str, Any], project: str, stack: str) -> tuple[Draft, list[Problem]]:
    draft, problems = draft_of(raw, project, stack)
    problems += [*draft.section_problems(), *cross_problems(draft)]
    return draft, problems


def _written(stack: str, project: str) -> Mapping[str, Any]:
    """The config as the stack's file has it; nothing where the project has no such file."""
    path = stack_file.path_of(stack, Path())
    return stack_file.config_in(stack_file.load(path), stack, project) if path.exists() else {}


def _decode(config: Mapping[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    """Pulumi hands every value over as text: sections as JSON, scalars as they are."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    own = own_values(config)
    meant = misspelt(own)
    for key, text in own.items():
        right = meant.get(key, key)
        field = next((f for n, f in Settings.model_fields.items() if right in (n, f.alias)), None)
        if field is None or _is_text(field.annotation):
            values[key] = text
            continue
        try:
            values[key] = json.loads(text)
        except json.JSONDecodeError:
            problems.append(Problem(key, f"{text!r} is not a map of keys."))
    return values, problems


def _is_text(annotation: Any) -> bool:
    return annotation in (str, str | None)
