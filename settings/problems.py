"""Problems of a stack config, worded for the person who edits it: where, what, what is allowed."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin

import pulumi
from pydantic import BaseModel
from pydantic_core import ErrorDetails

from settings.stack_file import file_name

NAMESPACE = "plataforma"


def own_values(config: Mapping[str, Any]) -> dict[str, Any]:
    """The values of this project's keys, without the namespace. Keys of others, such as
    `aws:region`, are left out."""
    keys = ((full_key, full_key.partition(":")) for full_key in config)
    return {key: config[full] for full, (namespace, _, key) in keys if namespace == NAMESPACE}


@dataclass(frozen=True, order=True)
class Problem:
    """One problem: `path` is the key path, `text` says what is wrong and what is allowed."""

    path: str
    text: str

    def __str__(self) -> str:
        return f"{NAMESPACE}:{self.path}: {self.text}"

    def below(self, path: str) -> Problem:
        """The same problem where its key path begins at `path`."""
        return Problem(".".join(part for part in (path, self.path) if part), self.text)


class SettingsError(pulumi.RunError):
    """The stack config is not usable. The message lists every problem; nothing was registered."""

    def __init__(self, stack: str, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(f"{file_name(stack)} has {count}; nothing was changed:\n{lines}")


def nearest(word: str, known: Iterable[str]) -> str:
    """' Did you mean x?' for the nearest of `known`, or nothing."""
    match = nearest_of(word, known)
    return f" Did you mean {match}?" if match else ""


def nearest_of(word: str, known: Iterable[str]) -> str:
    """The one that was probably meant; empty where none is near."""
    names = list(known)
    plain = {name: _plain(name) for name in names}
    wanted = _plain(word)
    match = [name for name in names if plain[name] == wanted]
    match = (
        match
        or [
            name  # of another first letter only one that is nearer: user is not meant for cluster
            for cutoff, first in ((0.7, word[:1]), (0.8, ""))
            for name in difflib.get_close_matches(word, names, n=3, cutoff=cutoff)
            if name.startswith(first)
        ]
    )
    match = match or [
        name
        for name in names
        if min(len(name), len(word)) > 2
        if plain[name].startswith(wanted)
        or wanted.startswith(plain[name])
        or (len(wanted) > 3 and plain[name].endswith(wanted))
    ]
    return match[0] if match else ""


def _plain(name: str) -> str:
    """Alike for read_replicas, read-replicas and readReplicas."""
    return name.replace("_", "").replace("-", "").lower()


def listed(names: Iterable[str]) -> str:
    """The names in order, or 'none'."""
    return ", ".join(sorted(names)) or "none"


def repeated(names: Iterable[str]) -> list[str]:
    """The names that occur more than once, in order."""
    return sorted(name for name, count in Counter(names).items() if count > 1)


def problem_of(error: ErrorDetails, model: type[BaseModel], prefix: Sequence[str]) -> Problem:
    """Pydantic's `error` in `model`, which stands in the config at `prefix`."""
    location = [str(part) for part in error["loc"] if part != "[key]"]
    path = ".".join([*prefix, *location])
    owner, description = _owner_and_description(model, error["loc"])
    shown = "the value" if path.startswith("secrets.") else _shown(error["input"])
    kind = error["type"]
    form = "" if path.startswith("secrets.") else _form(kind, error)
    if kind == "extra_forbidden":
        known = _keys(owner)
        hint = nearest(location[-1], known)
        return Problem(path, f"unknown key.{hint} Known here: {listed(known)}.")
    if kind == "missing":
        return Problem(path, f"is missing. Allowed: {description}")
    if kind == "model_type":
        return Problem(path, f"{shown} is not a map{form}. Keys: {listed(_keys(owner))}.")
    if kind == "dict_type":
        return Problem(path, f"{shown} is not a map{form}. Allowed: {description}")
    if kind == "tuple_type":
        return Problem(path, f"{shown} is not a list{form}. Allowed: {description}")
    if kind == "value_error":
        return Problem(path, error["msg"].removeprefix("Value error, ") + ".")
    if kind == "literal_error":
        expected = error.get("ctx", {}).get("expected")
        return Problem(path, f"{shown} is not allowed{form}. Allowed: {expected}.")
    return Problem(path, f"{shown} is not allowed{form}. Allowed: {description}")


_YES_NO = {
    **dict.fromkeys(("yes", "on", "y", "true"), "true"),
    **dict.fromkeys(("no", "off", "n", "false"), "false"),
}


def _form(kind: str, error: ErrorDetails) -> str:
    """': write x' for a value in another form than the wanted one, which YAML has several of."""
    value = error["input"]
    wanted = ""
    if kind == "tuple_type" and isinstance(value, str | int):
        wanted = f"[{value}]"
    elif kind in ("model_type", "dict_type") and isinstance(value, list):
        wanted = "{key: value}"
    elif kind == "string_type" and isinstance(value, bool | int | float):
        wanted = f'"{_shown(value)}"'
    elif kind == "bool_type" and isinstance(value, str):
        wanted = _YES_NO.get(value.lower(), "")
    elif kind in ("int_type", "int_from_float", "float_type", "literal_error"):
        wanted = value if isinstance(value, str) and value.isdecimal() else ""
        expected = str(error.get("ctx", {}).get("expected", wanted))
        wanted = wanted if re.search(rf"\b{wanted}\b", expected) else ""
    return f": write {wanted}" if wanted else ""


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value)


def _owner_and_description(
    model: type[BaseModel], location: Sequence[int | str]
) -> tuple[type[BaseModel], str]:
    """The model that holds the error's key, and the description of the nearest described field."""
    description = (model.__doc__ or "").partition("\n")[0]
    owner = model
    for depth, part in enumerate(location):
        field = next((f for n, f in owner.model_fields.items() if part in (n, f.alias)), None)
        if field is None:
            continue
        description = field.description or description
        if depth < len(location) - 1:
            is_key = location[-1] == "[key]"
            description = _element_description(field.annotation, is_key) or description
        owner = _model_in(field.annotation) or owner
    return owner, description


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    models = (_model_in(argument) for argument in get_args(annotation))
    return next((model for model in models if model), None)


def _element_description(annotation: Any, is_key: bool) -> str | None:
    """The description that a list's element, or a map's key or value, carries in its type."""
    arguments = get_args(annotation)
    if not arguments or get_origin(annotation) in (Union, UnionType):
        return None
    element = arguments[-1] if get_origin(annotation) is dict and not is_key else arguments[0]
    metadata = getattr(element, "__metadata__", ())
    return next((m.description for m in metadata if getattr(m, "description", None)), None)
