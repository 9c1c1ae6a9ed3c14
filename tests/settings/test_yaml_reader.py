"""The reader of stack files, and the Pulumi CLI's: one table for both."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from settings.yaml_reader import YamlError, read

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "yaml_cases.yml").read_text())
READ = [case for case in CASES if "is" in case]
REFUSED = [case for case in CASES if "says" in case]


def text_of(case: dict[str, Any]) -> str:
    return str(case["text"])


@pytest.mark.parametrize("case", READ, ids=text_of)
def test_what_is_read(case: dict[str, Any]):
    found = read(f"value: {case['text']}")["value"]
    assert (found, type(found)) == (case["is"], type(case["is"]))


@pytest.mark.parametrize("case", REFUSED, ids=text_of)
def test_what_is_refused(case: dict[str, Any]):
    with pytest.raises(YamlError) as refused:
        read(f"value: {case['text']}")
    assert str(refused.value).startswith("line ")
    assert case["says"] in str(refused.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "a: 1\n<<<<<<< HEAD\na: 2\n=======\na: 3\n>>>>>>> b\n",
            "line 2: <<<<<<< HEAD is left",
        ),
        ("a: 1\n<<<<<<<\na: 2\n", "line 2: <<<<<<< is left of a merge"),
        ("a: 1\n---\nb: 2\n", "line 2, column 1: --- begins a second document"),
        ("a:\n  b: 1\n   c: 2\n", "line 3, column 5: a colon where no key can be"),
        ("a:\n    b: 1\n  c: 2\n", "line 3, column 3: not aligned with the lines above it"),
        ("a: 'b\n", "quotes, a list or a map are not closed"),
        ("a: 1\nb\nc: 2\n", "a key without a colon: write key: value"),
        ("b: 1\nc: \x07\n", "unacceptable character"),
    ],
)
def test_a_broken_file_says_where_and_what_to_do(text: str, says: str):
    with pytest.raises(YamlError) as refused:
        read(text)
    assert says in str(refused.value)


# The CLI


class Cli:
    """The Pulumi CLI with one stack, whose state is a folder."""

    def __init__(self, pulumi: Path, folder: Path) -> None:
        self.pulumi, self.folder = pulumi, folder
        (folder / "Pulumi.yaml").write_text("name: sample\nruntime: python\n")
        (folder / "state").mkdir()
        self.run("stack", "init", "dev", "--secrets-provider", "passphrase", check=True)

    def config(self, values: str) -> dict[str, Any] | None:
        """What it hands to a program for the values of a file; None where it refuses them."""
        (self.folder / "Pulumi.dev.yaml").write_text(f"config:\n{values}")
        done = self.run("config", "--json", "--stack", "dev")
        return None if done.returncode else json.loads(done.stdout)

    def run(self, *arguments: str, check: bool = False) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        line = [str(self.pulumi), *arguments, "--non-interactive"]
        return subprocess.run(
            line, cwd=self.folder, env=environment, capture_output=True, text=True, check=check
        )


@pytest.fixture(scope="module")
def cli(pulumi_cli: Path, tmp_path_factory: pytest.TempPathFactory) -> Cli:
    return Cli(pulumi_cli, tmp_path_factory.mktemp("cli"))


def handed_over(config: dict[str, Any] | None, name: str = "value") -> Any:
    return "error" if config is None else json.loads(config[f"sample:{name}"]["value"])["in"]


def test_the_cli_reads_the_same(cli: Cli):
    """Each value within a map: alone, the CLI hands every value over as text."""
    lines = [f"  sample:v{n}:\n    in: {case['text']}\n" for n, case in enumerate(READ)]
    config = cli.config("".join(lines))
    found = {case["text"]: handed_over(config, f"v{n}") for n, case in enumerate(READ)}
    assert found == {case["text"]: case["is"] for case in READ}


@pytest.mark.parametrize("case", REFUSED, ids=text_of)
def test_the_cli_refuses_it_too_or_reads_what_is_not_meant(cli: Cli, case: dict[str, Any]):
    text = str(case["text"]).replace("\n", "\n    ")
    assert handed_over(cli.config(f"  sample:value:\n    in: {text}\n")) == case["cli"]
