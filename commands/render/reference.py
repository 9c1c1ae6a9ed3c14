"""Writes stack.schema.json and docs/config.md from the settings models: `make reference`."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from commands.render.output import write_files
from settings.problems import NAMESPACE
from settings.project import ROOT
from settings.settings import Settings

SECURE = {
    "type": "object",
    "properties": {"secure": {"type": "string"}},
    "required": ["secure"],
    "additionalProperties": False,
    "description": "An encrypted value, written by `make secret`.",
}
REFERENCE = {"type": "string", "pattern": "^(ssm:/|secretsmanager:|arn:aws)"}

_CAPITALS = "AZ AZs CDN CIDR CORS CPU GiB ID IDs KMS NAT SNS TLS URL VPC WAF"
_NAMES = {name.lower(): name for name in _CAPITALS.split()}


def schema() -> dict[str, Any]:
    """JSON schema of a whole Pulumi.<stack>.yaml, for editors."""
    model = Settings.model_json_schema(by_alias=True)
    definitions = model["$defs"]
    _take_no_null(model)
    _name_in_words(model)
    definitions["Secret"]["properties"]["value"] = SECURE
    for form in definitions["Secret"]["properties"].values():
        form.pop("default", None)  # ajv in strict mode refuses one within anyOf
    keys = {f"{NAMESPACE}:{key}": value for key, value in model["properties"].items()}
    secrets = keys[f"{NAMESPACE}:secrets"]
    files = {"anyOf": [SECURE, REFERENCE, {"$ref": "#/$defs/Secret"}]}
    secrets["patternProperties"] = dict.fromkeys(secrets["patternProperties"], files)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A stack of plataforma",
        "type": "object",
        "required": ["config"],
        "properties": {
            "config": {
                "type": "object",
                "properties": keys,
                "required": [f"{NAMESPACE}:{key}" for key in model["required"]],
                "patternProperties": {f"^(?!{NAMESPACE}:)": {}},
                "additionalProperties": False,
            }
        },
        "$defs": definitions,
    }


def _take_no_null(schema: Any) -> None:
    """Where a key may be left out it may not be empty: the reader of stack files refuses null."""
    if isinstance(schema, list):
        for item in cast(list[Any], schema):
            _take_no_null(item)
    if not isinstance(schema, dict):
        return
    parts = cast(dict[str, Any], schema)
    forms = [form for form in parts.pop("anyOf", ()) if form != {"type": "null"}]
    parts |= forms[0] if len(forms) == 1 else {"anyOf": forms} if forms else {}
    if parts.get("default", ...) is None:
        del parts["default"]
    for key, part in parts.items():
        if key == "default":
            parts[key] = _without_null(part)
        else:
            _take_no_null(part)


def _without_null(default: Any) -> Any:
    if not isinstance(default, dict):
        return default
    entries = cast(dict[str, Any], default).items()
    return {key: _without_null(value) for key, value in entries if value is not None}


def _name_in_words(model: dict[str, Any]) -> None:
    """Titles as editors show them: Log retention days, of logRetentionDays."""
    for name, definition in (("Stack", model), *model["$defs"].items()):
        definition["title"] = _words(name.removesuffix("Settings"))
        for key, value in definition.get("properties", {}).items():
            if "title" in value:
                value["title"] = _words(key)


def _words(name: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])([A-Z])", r" \1", name).lower().split()
    first = _NAMES.get(words[0], words[0].capitalize())
    return " ".join([first, *(_NAMES.get(word, word) for word in words[1:])])


def config_reference() -> str:
    """The config reference as Markdown: a table a section."""
    head = [
        "# Stack config",
        "",
        "Written by `make reference` from the models in settings/; edit them there.",
        "All keys stand under `config:` in `Pulumi.<stack>.yaml` and begin with `plataforma:`.",
        "",
        "| Key | Default | Allowed |",
        "|---|---|---|",
    ]
    scalars = [row for n, f in Settings.model_fields.items() if (row := _row(n, f, top=True))]
    return "\n".join([*head, *scalars, "", *_sections(Settings, NAMESPACE + ":")]) + "\n"


def _sections(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        section = _section_of(field.annotation)
        if section is None:
            continue
        key = field.alias or name
        place = f"{prefix}{key}"
        if _is_collection(field.annotation):
            place += ".<name>" if "dict" in str(field.annotation) else "[]"
        yield f"## {place}"
        yield ""
        yield " ".join((section.__doc__ or "").split())
        yield ""
        yield "| Key | Default | Allowed |"
        yield "|---|---|---|"
        yield from (_row(n, f) for n, f in section.model_fields.items())
        yield ""
        yield from _sections(section, f"{place}.")


def _row(name: str, field: FieldInfo, top: bool = False) -> str:
    key = field.alias or name
    shown = f"{NAMESPACE}:{key}" if top else key
    description = (field.description or "").replace("|", "\\|")
    return f"| `{shown}` | {_default(field)} | {description} |"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is None:
        return "none"
    if isinstance(value, BaseModel):
        return "see below"
    if isinstance(value, tuple | dict):
        return "`" + json.dumps(value) + "`"
    return f"`{json.dumps(value)}`"


def _is_collection(annotation: Any) -> bool:
    return not isinstance(annotation, type) and "Union" not in str(type(annotation))


def _section_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_section_of(argument) for argument in get_args(annotation))
    return next((section for section in found if section), None)


def rendered() -> dict[Path, str]:
    """Text by file, as it has to be."""
    return {
        ROOT / "stack.schema.json": json.dumps(schema(), indent=2) + "\n",
        ROOT / "docs/config.md": config_reference(),
    }


def main() -> int:
    write_files(ROOT, rendered())
    return 0


if __name__ == "__main__":
    sys.exit(main())
