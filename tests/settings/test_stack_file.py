from __future__ import annotations

from pathlib import Path

import pytest

from settings import stack_file
from settings.stack_file import StackFileError


def test_a_missing_or_broken_stack_file_says_what_is_wrong(tmp_path: Path):
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  a: [1\n  b: 2\n")
    with pytest.raises(StackFileError, match=r"Pulumi\.dev\.yaml is not valid YAML: line 3"):
        stack_file.load(stack_file.find("dev", tmp_path))
    with pytest.raises(
        StackFileError, match=r"Pulumi\.qa\.yaml does not exist; stacks with a file: dev"
    ):
        stack_file.find("qa", tmp_path)


def test_a_key_that_is_written_twice_is_refused(tmp_path: Path):
    path = stack_file.path_of("dev", tmp_path)
    path.write_text("config:\n  services:\n    api: {}\n    web: {}\n    api: {}\n")
    with pytest.raises(StackFileError, match="line 5, column 5: api is written twice"):
        stack_file.load(path)


def test_a_file_or_a_config_that_is_no_map_is_refused(tmp_path: Path):
    path = stack_file.path_of("dev", tmp_path)
    path.write_text("- a\n")
    with pytest.raises(StackFileError, match=r"Pulumi\.dev\.yaml must hold a map"):
        stack_file.load(path)


def test_a_key_without_a_namespace_is_refused(tmp_path: Path):
    """The CLI puts the project's name before it: in bootstrap/ one that no key has."""
    path = stack_file.path_of("dev", tmp_path)
    path.write_text("config:\n  a: 1\n  aws:region: eu-west-1\n")
    for project in ("sample", "sample-bootstrap"):
        with pytest.raises(StackFileError, match=r"a: has no namespace\. Write sample:a\."):
            stack_file.config_in(stack_file.load(path), "dev", project)


EMPTY = (
    "config: is missing or empty. Write `config:`, and below it, indented, "
    "`sample:environment: ...` and the other keys."
)


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        ("", [EMPTY]),
        ("config:\n", [EMPTY]),
        ("encryptionsalt: v1:x\nconfig: {}\n", [EMPTY]),
        ("config: [a]\n", [EMPTY.replace("missing or empty", "not a map")]),
        (
            "config: {sample:a: 1}\nsample:network: {}\nsecretsProvider: x\n",
            [
                "sample:network: stands beside `config:`, where the CLI does not look: indent it "
                "below.",
                "secretsProvider: unknown key beside `config:`. Known: secretsprovider, "
                "encryptedkey, encryptionsalt, environment.",
            ],
        ),
        (
            "config:\n  smaple:network: {}\n  gcp:project: x\n  sample:config:cache: {}\n",
            [
                "smaple:network: unknown namespace. Did you mean sample:network? "
                "Known: sample, aws, awsx, docker, pulumi.",
                "gcp:project: unknown namespace. Known: sample, aws, awsx, docker, pulumi.",
                "sample:config:cache: is no key. Write sample:<name>.",
            ],
        ),
        (
            "config:\n  sample:cache:\n",
            [
                "sample:cache: has no value. Delete the key, or write {} for a section's defaults.",
            ],
        ),
    ],
)
def test_what_is_wrong_outside_the_sections_is_said_at_once(
    content: str, problems: list[str], tmp_path: Path
):
    """The CLI ignores most of it: sections would be left out, or have their defaults."""
    path = stack_file.path_of("dev", tmp_path)
    path.write_text(content)
    with pytest.raises(StackFileError) as refused:
        stack_file.config_in(stack_file.load(path), "dev", "sample")
    first, *lines = str(refused.value).splitlines()
    assert first.startswith("Pulumi.dev.yaml has ")
    assert lines == [f"  {problem}" for problem in problems]
