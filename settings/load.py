"""The stack config, read once and checked whole before any resource is registered.

This is the only file that reads `pulumi.Config`.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import Any, TypeVar, cast

import pulumi
from pulumi.runtime.config import CONFIG
from pydantic import BaseModel, TypeAdapter, ValidationError, create_model

from settings import monitoring_checks
from settings.checks import Draft, all_checks
from settings.plain_text import plain_text_secrets, stack_file
from settings.problems import NAMESPACE, Problem, SettingsError, nearest, problem_of
from settings.secrets import REFERENCE_PREFIXES, Secret
from settings.section import Name, Section, VariableName
from settings.service.service import ServiceSettings
from settings.settings import Settings

__all__ = ["Settings", "SettingsError", "load", "parse"]

M = TypeVar("M", bound=BaseModel)


def load() -> Settings:
    """The checked settings of the current stack.

    Errors: SettingsError with every problem of the stack file.
    """
    stack = pulumi.get_stack()
    raw, undecoded = _decode(CONFIG.get())
    settings, problems = _parse(raw, pulumi.get_project(), stack)
    problems += [*undecoded, *plain_text_secrets(stack_file(stack))]
    if settings is None or problems:
        raise SettingsError(stack, problems)
    return settings


def parse(raw: Mapping[str, Any], project: str = "plataforma", stack: str = "staging") -> Settings:
    """Settings from plain values by key, without the namespace.

    Errors: SettingsError with every problem.
    """
    settings, problems = _parse(raw, project, stack)
    if settings is None:
        raise SettingsError(stack, problems)
    return settings


def _decode(config: Mapping[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    """Pulumi hands every value over as text: sections as JSON, scalars as they are."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for full_key, text in config.items():
        namespace, _, key = full_key.partition(":")
        if namespace != NAMESPACE:
            continue
        field = next((f for n, f in Settings.model_fields.items() if key in (n, f.alias)), None)
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


def _parse(
    raw: Mapping[str, Any], project: str, stack: str
) -> tuple[Settings | None, list[Problem]]:
    """Each section, service and secret by itself, then what spans them: all problems at once."""
    problems: list[Problem] = []
    known = {field.alias or name: name for name, field in Settings.model_fields.items()}
    for key in raw:
        if key not in known:
            problems.append(Problem(key, f"unknown key.{nearest(key, known)}"))
    draft = Draft(project=project, stack=stack, raw=raw)
    for key, name in known.items():
        if name in ("services", "secrets"):
            _parse_map(key, raw, draft, problems)
        else:
            _parse_section(key, name, raw, draft, problems)
    problems += [
        problem for check in (*all_checks(), *monitoring_checks.CHECKS) for problem in check(draft)
    ]
    if problems:
        return None, problems
    return draft.settings(), []


def _parse_section(
    key: str, name: str, raw: Mapping[str, Any], draft: Draft, problems: list[Problem]
) -> None:
    """One top-level key into `draft`; it stays empty there when it is invalid."""
    value = {key: raw[key]} if key in raw else {}
    valid = _validate(_holder(name), value, (), problems)
    if valid is not None:
        setattr(draft, name, getattr(valid, name))


@functools.cache
def _holder(name: str) -> type[BaseModel]:
    """A model with one field of Settings, to check a section by itself."""
    field = Settings.model_fields[name]
    definition: dict[str, Any] = {name: (field.annotation, field)}
    return create_model(f"Only{name.capitalize()}", __base__=Section, **definition)


def _parse_map(key: str, raw: Mapping[str, Any], draft: Draft, problems: list[Problem]) -> None:
    """The services or secrets one by one, so that one bad entry hides no other's problems."""
    entries = raw.get(key, {})
    field = Settings.model_fields[key]
    if not isinstance(entries, dict):
        problems.append(Problem(key, f"is not a map. Allowed: {field.description}"))
        return
    if key == "services" and not entries:
        problems.append(Problem(key, f"is missing or empty. Allowed: {field.description}"))
    model = ServiceSettings if key == "services" else Secret
    names = TypeAdapter[str](Name if key == "services" else VariableName)
    for entry, value in cast(dict[str, Any], entries).items():
        try:
            names.validate_python(entry)
        except ValidationError:
            allowed = _name_rule(key)
            problems.append(Problem(f"{key}.{entry}", f"is not a name. Allowed: {allowed}"))
        written = _long_form(value) if key == "secrets" else value
        valid = _validate(model, written, (key, entry), problems)
        if valid is not None:
            getattr(draft, key)[entry] = valid


def _name_rule(key: str) -> str:
    alias: Any = Name if key == "services" else VariableName
    return str(alias.__metadata__[0].description)


def _long_form(secret: Any) -> Any:
    """A secret written short, as its map."""
    if not isinstance(secret, str):
        return secret
    kind = "ref" if secret.startswith(REFERENCE_PREFIXES) else "value"
    return {kind: secret}


def _validate(
    model: type[M], value: Any, prefix: tuple[str, ...], problems: list[Problem]
) -> M | None:
    try:
        return model.model_validate_json(json.dumps(value))
    except ValidationError as invalid:
        problems += [problem_of(error, model, prefix) for error in invalid.errors()]
        return None
