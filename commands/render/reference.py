"""Writes stack.schema.json and docs/config.md from the settings models: `make reference`."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

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


def schema() -> dict[str, Any]:
    """JSON schema of a whole Pulumi.<stack>.yaml, for editors."""
    model = Settings.model_json_schema(by_alias=True)
    definitions = model["$defs"]
    _name_in_words(model)
    definitions["Secret"]["properties"]["value"] = SECURE
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


def _name_in_words(model: dict[str, Any]) -> None:
    """Titles as editors show them: Log retention days, of logRetentionDays."""
    for name, definition in (("", model), *model["$defs"].items()):
        definition["title"] = _words(name.removesuffix("Settings"))
        for key, value in definition.get("properties", {}).items():
            if "title" in value:
                value["title"] = _words(key)


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda found: f" {found[1].lower()}", name).capitalize()


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
