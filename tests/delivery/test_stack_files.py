"""Stack files change in the lines that are meant to, and nowhere else."""

from __future__ import annotations

from difflib import unified_diff
from pathlib import Path
from typing import Any

import pytest

from delivery.shared.errors import InputError
from delivery.shared.image_digests import ImageDigests
from delivery.stack_files.editing import append, edited, remove, rename, replace
from delivery.stack_files.images_section import write_digests
from tests.delivery.stack import DIGEST, OTHER_DIGEST
from tests.support import stacks

COMMENTED = """\
# At the top
one: "1" # one
# Above two
two: {b: 1, a: 'x'} # two

# Above config
config:
  plataforma:first: 1

  # Above list
  plataforma:list:
    - {x: 1}

  # Below list
  plataforma:images:
    registry: ghcr.io/acme/plataforma
    promote: staging # until we build

  # Above last
  plataforma:last:
    deep:
      deeper: yes # deeper

# At the end
salt: v1:abc
"""


def changed_lines(before: str, after: str) -> list[str]:
    """Removed lines with -, added ones with +."""
    diff = unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in list(diff)[2:] if not line.startswith("@@")]


def without(text: str, first: str, count: int = 1) -> str:
    """The text without `count` lines, from the one that begins with `first`."""
    lines = text.splitlines(keepends=True)
    start = next(n for n, line in enumerate(lines) if line.strip().startswith(first))
    return "".join(lines[:start] + lines[start + count :])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "Pulumi.staging.yaml"
    path.write_text(COMMENTED)
    return path


@pytest.mark.parametrize(
    ("stack", "source"), [("staging", "    build: true"), ("prod", "    promote: staging")]
)
def test_a_stack_file_changes_in_its_digests_alone(stack: str, source: str, tmp_path: Path):
    file = stacks.copy(stack, tmp_path)
    before = file.read_text()
    digests = ImageDigests({"backend": DIGEST, "worker": DIGEST})
    write_digests(stack, tmp_path, digests)
    first = file.read_text()
    assert changed_lines(before, first) == [
        f"-{source}",
        "+    digests:",
        f"+      backend: {DIGEST}",
        f"+      worker: {DIGEST}",
    ]
    write_digests(stack, tmp_path, digests | {"worker": OTHER_DIGEST})
    second = file.read_text()
    assert changed_lines(first, second) == [
        f"-      worker: {DIGEST}",
        f"+      worker: {OTHER_DIGEST}",
    ]
    write_digests(stack, tmp_path, ImageDigests({"backend": DIGEST, "zebra": DIGEST}))
    assert changed_lines(second, file.read_text()) == [
        f"-      worker: {OTHER_DIGEST}",
        f"+      zebra: {DIGEST}",
    ]


def test_digests_stand_above_the_blank_line_that_ended_the_section(file: Path):
    write_digests("staging", file.parent, ImageDigests({"backend": DIGEST}))
    assert changed_lines(COMMENTED, file.read_text()) == [
        "-    promote: staging # until we build",
        "+    digests:",
        f"+      backend: {DIGEST}",
    ]


def test_without_another_source_digests_stand_at_the_end_of_the_section(file: Path):
    before = without(COMMENTED, "promote:")
    file.write_text(before)
    write_digests("staging", file.parent, ImageDigests({"backend": DIGEST}))
    expected = "    registry: ghcr.io/acme/plataforma\n"
    block = f"    digests:\n      backend: {DIGEST}\n"
    assert file.read_text() == before.replace(expected, expected + block)


@pytest.mark.parametrize(
    ("path", "key", "line", "count"),
    [
        ((), "one", "one:", 1),
        ((), "two", "two:", 1),
        ((), "salt", "salt:", 1),
        (("config",), "plataforma:first", "plataforma:first", 1),
        (("config",), "plataforma:list", "plataforma:list", 2),
        (("config",), "plataforma:images", "plataforma:images", 3),
        (("config",), "plataforma:last", "plataforma:last", 3),
        (("config", "plataforma:images"), "promote", "promote:", 1),
    ],
)
def test_a_key_goes_and_the_comments_around_it_stay(
    file: Path, path: tuple[str, ...], key: str, line: str, count: int
):
    with edited(file) as content:
        section: Any = content
        for name in path:
            section = section[name]
        remove(section, key)
    assert file.read_text() == without(COMMENTED, line, count)


IMAGES = """\
config:
  plataforma:images:
    # Above build
    build: true
    # Above registry
    registry: ghcr.io/acme/plataforma
    digests:
      # Above api
      api: sha256:1
      # Above backend
      backend: sha256:2
"""


@pytest.mark.parametrize("kept", ["Above build", "Above api", "Above registry", "Above backend"])
def test_the_first_key_of_a_section_goes_and_the_comments_around_it_stay(file: Path, kept: str):
    """Comments around it may stand above, below, on both sides or on neither."""
    for before in (IMAGES, without(IMAGES, f"# {kept}"), f"{IMAGES}\n# End\nlast: 1\n"):
        file.write_text(before)
        write_digests("staging", file.parent, ImageDigests({"backend": DIGEST}))
        expected = without(without(before, "build:"), "api:")
        assert file.read_text() == expected.replace("sha256:2", DIGEST)


def test_the_first_key_goes_below_a_section_with_a_comment(file: Path):
    before = "a: {x: 1}\n# Above b\nb:\n  c: 1\n  # Above d\n  d: 2\n"
    file.write_text(before)
    with edited(file) as content:
        remove(content["b"], "c")
    assert file.read_text() == without(before, "c:")


def test_a_key_comes_or_takes_anothers_place(file: Path):
    with edited(file) as content:
        append(content["config"], "plataforma:new", 1)
        replace(content["two"], "b", "c", 2)
    assert file.read_text() == COMMENTED.replace("{b: 1,", "{c: 2,").replace(
        "yes # deeper\n", "yes # deeper\n  plataforma:new: 1\n"
    )


@pytest.mark.parametrize("value", ["", " null", " ghcr.io/acme", " [backend]"])
def test_digests_need_a_section_that_is_a_map(file: Path, value: str):
    before = f"config:\n  plataforma:images:{value}\n"
    file.write_text(before)
    with pytest.raises(InputError, match=r"Pulumi\.staging\.yaml: plataforma:images must be a map"):
        write_digests("staging", file.parent, ImageDigests({"backend": DIGEST}))
    assert file.read_text() == before


def test_digests_are_written_beside_no_map_of_others(file: Path):
    before = "config:\n  plataforma:images: {registry: ghcr.io/acme, digests: none}\n"
    file.write_text(before)
    with pytest.raises(InputError, match=r"plataforma:images\.digests must be a map"):
        write_digests("staging", file.parent, ImageDigests({"backend": DIGEST}))
    assert file.read_text() == before


@pytest.mark.parametrize("source", ["", "    build: true\n"])
def test_digests_without_a_value_count_as_absent(file: Path, source: str):
    head = "config:\n  plataforma:images:\n    registry: ghcr.io/acme\n"
    file.write_text(f"{head}{source}    digests: # none yet\n\nlast: 1\n")
    write_digests("staging", file.parent, ImageDigests({"backend": DIGEST}))
    expected = f"    digests:\n      backend: {DIGEST}\n\nlast: 1\n"
    assert file.read_text() == head + expected


@pytest.mark.parametrize(
    "text",
    [
        COMMENTED.replace("\n", "\r\n"),
        f"---\n{COMMENTED}",
        f"# Of the owner\n\n--- # starts here\n{COMMENTED}",
        f"\n\n{COMMENTED}",
        "a:\n    b:\n        c: 1\n    list:\n    - x: 1\n      y: 2\n    - z\n",
        "list:\n-   x: 1\n    y: 2\na:\n  b: 1\n",
        "list:\n    - [1]\n    - x: 1\na:\n   b: {x: 1}\n",
    ],
    ids=["CRLF", "start", "comment above start", "blank", "4 spaces", "list first", "3 spaces"],
)
def test_line_ends_the_start_and_indentation_stay(file: Path, text: str):
    file.write_bytes(text.encode())
    with edited(file):
        pass
    assert file.read_bytes().decode() == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a:   1\nb: { x: 1,y: [ 2 ] }\n", "a: 1\nb: {x: 1, y: [2]}\n"),
        ("a: one\n  two\nb: {x: 1,\n  y: 2}\n", "a: one two\nb: {x: 1, y: 2}\n"),
        ("a: null\nb: ~\n", "a:\nb:\n"),
        ('a: "\\u00e9"\n', 'a: "é"\n'),
        ("a: 1  \nb: 2", "a: 1\nb: 2\n"),
        ("a:\n  b: 1\nc:\n    d: 1\n", "a:\n  b: 1\nc:\n  d: 1\n"),
    ],
    ids=["spaces", "folded", "null", "escapes", "ends of lines", "second indentation"],
)
def test_what_is_normalised(file: Path, before: str, after: str):
    file.write_text(before)
    with edited(file):
        pass
    assert file.read_text() == after


def _fail_in_the_middle(file: Path) -> None:
    with edited(file) as content:
        remove(content, "one")
        remove(content, "absent")


def test_a_file_stays_as_it_was_if_the_change_fails(file: Path):
    with pytest.raises(ValueError, match="absent"):
        _fail_in_the_middle(file)
    assert file.read_text() == COMMENTED


def test_a_key_is_replaced_by_itself_with_another_value(file: Path):
    before = file.read_text()
    with edited(file) as content:
        replace(content["config"]["plataforma:images"], "promote", "promote", "dev")
    assert changed_lines(before, file.read_text()) == [
        "-    promote: staging # until we build",
        "+    promote: dev # until we build",
    ]


def test_a_shorter_value_puts_no_spaces_before_its_comment_and_columns_stay(file: Path):
    file.write_text("a: staging # one space\nb: staging   # a column\nc: {d: staging} # one\n")
    with edited(file) as content:
        content["a"] = content["b"] = content["c"]["d"] = "qa"
    assert file.read_text() == "a: qa # one space\nb: qa        # a column\nc: {d: qa} # one\n"


def test_a_key_has_another_name_in_its_place_with_its_comment(file: Path):
    before = file.read_text()
    with edited(file) as content:
        rename(content["config"]["plataforma:images"], "promote", "digests")
    assert changed_lines(before, file.read_text()) == [
        "-    promote: staging # until we build",
        "+    digests: staging # until we build",
    ]
