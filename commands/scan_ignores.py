"""Checks .trivyignore.yaml: what the scan of the images leaves out has a reason, and a date after
which it counts again. Called by `make lint`.

    python -m commands.scan_ignores [FILE]

Trivy takes an entry without either, and drops an expired one without a word (v0.74.0,
pkg/result/ignore.go).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from settings.project import ROOT

FILE = ROOT / ".trivyignore.yaml"
LONGEST_DAYS = 90
"""Until an entry is looked at again."""


class Finding(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: str = Field(pattern=r"^(CVE|GHSA)-[\w-]+$")
    statement: str = Field(min_length=20)
    expired_at: date
    paths: list[str] = Field(default_factory=list[str])
    purls: list[str] = Field(default_factory=list[str])


class Ignores(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    vulnerabilities: list[Finding]


def problems(file: Path, today: date) -> Iterator[str]:
    """What is wrong with the file, a line each."""
    try:
        ignores = Ignores.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError) as error:
        yield f"{file.name}: {error}"
        return
    except ValidationError as invalid:
        for error in invalid.errors():
            yield f"{file.name}: {'.'.join(map(str, error['loc']))}: {error['msg']}"
        return
    for finding in ignores.vulnerabilities:
        days = (finding.expired_at - today).days
        if days <= 0:
            yield (
                f"{file.name}: {finding.id} expired on {finding.expired_at}: update what has it "
                "and remove the entry, or say why it stays and set a new date"
            )
        elif days > LONGEST_DAYS:
            yield f"{file.name}: {finding.id}: expired_at is more than {LONGEST_DAYS} days away"


def main(arguments: list[str]) -> int:
    file = Path(arguments[0]) if arguments else FILE
    found = list(problems(file, datetime.now(UTC).date()))
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
