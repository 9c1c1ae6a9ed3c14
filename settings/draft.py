"""The valid parts of a stack config, for the checks that need more than one of them."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError, create_model
from pydantic.fields import FieldInfo

from settings.alarms import AlarmSettings
from settings.monitoring.monitoring import MonitoringSettings
from settings.network.edge import EdgeSettings
from settings.network.network import NetworkSettings
from settings.problems import Problem, nearest, nearest_of, problem_of
from settings.secrets import Secret
from settings.section import Section, problems_in
from settings.service.cluster import ClusterSettings
from settings.service.images import ImageSettings
from settings.service.jobs import JobSettings
from settings.service.migrations import MigrationSettings
from settings.service.service import ServiceSettings
from settings.settings import Settings
from settings.stores.broker import BrokerSettings
from settings.stores.buckets import BucketSettings
from settings.stores.cache import CacheSettings
from settings.stores.database import DatabaseSettings
from settings.stores.volumes import VolumeSettings

M = TypeVar("M", bound=BaseModel)
EMPTY = "is empty. Give it a value, or remove the key."


@dataclass
class Draft:
    """The parts of a stack config that are valid by themselves. A part that is not, or that the
    file omits, is None, or is not in its map, such as the services; a check that needs it finds
    nothing."""

    project: str
    stack: str
    raw: Mapping[str, Any]
    environment: str | None = None
    region: str | None = None
    account: str | None = None
    domain: str | None = None
    zone: str | None = None
    zones: dict[str, str] | None = None
    permissions_boundary: str | None = None
    tags: dict[str, str] | None = None
    network: NetworkSettings | None = None
    database: DatabaseSettings | None = None
    cache: CacheSettings | None = None
    broker: BrokerSettings | None = None
    edge: EdgeSettings | None = None
    images: ImageSettings | None = None
    cluster: ClusterSettings | None = None
    alarms: AlarmSettings | None = None
    monitoring: MonitoringSettings | None = None
    migrations: MigrationSettings | None = None
    secrets: dict[str, Secret] = field(default_factory=dict[str, Secret])
    services: dict[str, ServiceSettings] = field(default_factory=dict[str, ServiceSettings])
    jobs: dict[str, JobSettings] = field(default_factory=dict[str, JobSettings])
    buckets: dict[str, BucketSettings] = field(default_factory=dict[str, BucketSettings])
    volumes: dict[str, VolumeSettings] = field(default_factory=dict[str, VolumeSettings])

    def settings(self) -> Settings:
        """The whole, where no part is missing."""
        values = {name: getattr(self, name) for name in Settings.model_fields}
        return Settings.model_construct(**values)

    def written(self, key: str) -> set[str]:
        """All names under a map such as `services`, valid or not."""
        entries = self.raw.get(key)
        return set(cast(dict[str, Any], entries)) if isinstance(entries, dict) else set()

    def omits(self, key: str) -> bool:
        """Whether the file has no such key; one with an invalid value is not omitted."""
        return key not in self.raw

    @property
    def monitoring_parts(self) -> MonitoringSettings | None:
        """The monitoring, without an alerting that is invalid: what else it needs is told too."""
        section = self.raw.get("monitoring")
        if self.monitoring or not isinstance(section, dict):
            return self.monitoring
        written = {k: v for k, v in cast(dict[str, Any], section).items() if k != "alerting"}
        try:
            return MonitoringSettings.model_validate(written)
        except ValidationError:
            return None

    def section_problems(self) -> Iterator[Problem]:
        """The problems within each section."""
        for name, key in _keys().items():
            yield from problems_in(getattr(self, name), key)


def draft_of(raw: Mapping[str, Any], project: str, stack: str) -> tuple[Draft, list[Problem]]:
    """Validates each section, service and secret by itself, so that one that is invalid hides no
    problem of another."""
    keys = _keys()
    problems = [
        Problem(key, f"unknown key.{nearest(key, keys.values())}")
        for key in raw
        if key not in keys.values()
    ]
    # As it was meant: else all that needs the section would be said to lack it.
    raw = {**raw, **{key: raw[written] for written, key in misspelt(raw).items()}}
    draft = Draft(project, stack, raw)
    for name, key in keys.items():
        if _is_map_of_sections(name):
            setattr(draft, name, _valid_entries(name, raw.get(key, {}), problems))
        else:
            setattr(draft, name, _valid_section(name, key, raw, problems))
    return draft, problems


def misspelt(written: Iterable[str]) -> dict[str, str]:
    """The key that each unknown one probably means, where that is not written as well."""
    keys, found = _keys().values(), set(written)
    meant = {key: nearest_of(key, keys) for key in found - set(keys)}
    return {key: right for key, right in meant.items() if right and right not in found}


def _is_map_of_sections(name: str) -> bool:
    annotation = Settings.model_fields[name].annotation
    return get_origin(annotation) is dict and isinstance(get_args(annotation)[1], type)


def _keys() -> dict[str, str]:
    """The key in the file by the name of the field."""
    return {name: field.alias or name for name, field in Settings.model_fields.items()}


def _valid_section(
    name: str, key: str, raw: Mapping[str, Any], problems: list[Problem]
) -> object | None:
    """The value of one top-level key, its default where the key is absent, None if invalid."""
    written = {key: raw[key]} if key in raw else {}
    if key in raw and raw[key] is None:
        problems.append(Problem(key, _empty(Settings.model_fields[name])))
        return None
    valid = _validate(_model_of_key(name), written, (), problems)
    return getattr(valid, name) if valid else None


def _empty(field: FieldInfo) -> str:
    """What is wrong with a key that has no value. Some parts are not made where the key is absent,
    and made with their defaults where it is {}: nothing at all could mean either."""
    types = (field.annotation, *get_args(field.annotation))
    if any(isinstance(one, type) and issubclass(one, Section) for one in types):
        return "is empty. Write {} for the defaults, or remove the key."
    return f"is empty. Allowed: {field.description}"


@functools.cache
def _model_of_key(name: str) -> type[BaseModel]:
    """A model whose one field is that of Settings."""
    field = Settings.model_fields[name]
    definition: dict[str, Any] = {name: (field.annotation, field)}
    return create_model(name, __base__=Section, **definition)


def _valid_entries(key: str, entries: object, problems: list[Problem]) -> dict[str, BaseModel]:
    """The valid ones of a map such as the services, by name."""
    field = Settings.model_fields[key]
    if not isinstance(entries, dict):
        problems.append(Problem(key, f"is not a map. Allowed: {field.description}"))
        return {}
    if not entries and field.is_required():
        problems.append(Problem(key, f"is missing or empty. Allowed: {field.description}"))
    name_type, model = get_args(field.annotation)
    names = TypeAdapter[str](name_type)
    found: dict[str, BaseModel] = {}
    for name, value in cast(dict[str, Any], entries).items():
        try:
            names.validate_python(name)
        except ValidationError:
            allowed = name_type.__metadata__[0].description
            problems.append(Problem(f"{key}.{name}", f"is not a name. Allowed: {allowed}"))
        valid = _validate(cast(type[BaseModel], model), value, (key, name), problems)
        if valid is not None:
            found[name] = valid
    return found


def _validate(
    model: type[M], value: object, prefix: tuple[str, ...], problems: list[Problem]
) -> M | None:
    empty = [Problem(".".join(path), EMPTY) for path in _without_value(value, prefix)]
    problems += empty
    try:
        valid = model.model_validate_json(json.dumps(value), by_alias=True, by_name=False)
    except ValidationError as invalid:
        errors = (error for error in invalid.errors() if error["input"] is not None)
        problems += [problem_of(error, model, prefix) for error in errors]
        return None
    return None if empty else valid


def _without_value(value: object, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The keys that have none, which could mean a default as well as nothing."""
    if value is None:
        yield path
    elif isinstance(value, dict):
        for key, item in cast(dict[str, object], value).items():
            yield from _without_value(item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(cast(list[object], value)):
            yield from _without_value(item, (*path, str(number)))
