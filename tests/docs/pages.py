"""The pages of the project, and the shell commands that they name."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from settings.project import ROOT

NAMES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "bootstrap/README.md")
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
PLACEHOLDER = re.compile(r"<\w[^<>\n]*>")
OPERATORS = frozenset({"&&", "||", "|", ";", "&", "(", ")"})
KEYWORDS = frozenset({"do", "then", "else", "if", "while", "!"})


@dataclass(frozen=True)
class Command:
    variables: tuple[str, ...]
    """Names of the variables that are set for it alone."""
    words: tuple[str, ...]

    @property
    def program(self) -> str:
        return Path(self.words[0]).name


def pages() -> list[Path]:
    return [*(ROOT / name for name in NAMES), *sorted((ROOT / "docs").rglob("*.md"))]


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def commands_of(page: Path, programs: frozenset[str]) -> list[Command]:
    """Those of shell blocks, and those of code spans that begin with one of `programs`."""
    text = page.read_text()
    found = [c for kind, block in FENCE.findall(text) if kind == "sh" for c in commands(block)]
    for span in SPAN.findall(FENCE.sub("", text)):
        inner = commands(span) if re.match(r"[\w./=<>-]+ ", span) else []
        if inner and all(command.program in programs for command in inner):
            found += inner
    return found


def commands(text: str) -> list[Command]:
    """Each simple command of a shell text: lists, pipes, loops and substitutions taken apart.

    A placeholder such as <arn> becomes the word PLACEHOLDER."""
    text = PLACEHOLDER.sub("PLACEHOLDER", text).replace("\\\n", " ")
    found: list[Command] = []
    for line in _logical_lines(text):
        outer, inner = _without_substitutions(line)
        found += [command for part in inner for command in commands(part)]
        found += _simple_commands(outer)
    return found


def _logical_lines(text: str) -> Iterator[str]:
    """Lines, a quoted text of several lines as one, without the text of here-documents."""
    waiting, end = "", ""
    for line in text.splitlines():
        if end:
            end = "" if line.strip() == end else end
            continue
        waiting += line
        try:
            shlex.split(waiting, comments=True)
        except ValueError:
            waiting += "\n"
            continue
        here = re.search(r"<<'?(\w+)'?", waiting)
        end = here[1] if here else ""
        yield re.sub(r"<<'?\w+'?", "", waiting)
        waiting = ""
    if waiting:
        raise ValueError(f"a quotation without an end: {waiting}")


def _without_substitutions(line: str) -> tuple[str, list[str]]:
    """The line with SUBSTITUTED for each `$(...)` outside single quotes, and what was in them."""
    outer, inner, index, quoted = "", list[str](), 0, False
    while index < len(line):
        if line[index] == "'" and (quoted or '"' not in _open_quote(outer)):
            quoted = not quoted
        if not quoted and line.startswith("$(", index):
            end = _closing(line, index + 1)
            inner.append(line[index + 2 : end])
            outer, index = outer + "SUBSTITUTED", end + 1
            continue
        outer, index = outer + line[index], index + 1
    return outer, inner


def _open_quote(text: str) -> str:
    """The double quote that is still open at the end of `text`, if one is."""
    bare = re.sub(r"'[^']*'|\\.", "", text)
    return '"' if bare.count('"') % 2 else ""


def _closing(line: str, opening: int) -> int:
    depth = 0
    for index in range(opening, len(line)):
        depth += {"(": 1, ")": -1}.get(line[index], 0)
        if depth == 0:
            return index
    raise ValueError(f"a substitution without an end: {line}")


def _simple_commands(line: str) -> Iterator[Command]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    redirected = False
    for token in [*lexer, ";"]:
        if redirected:
            redirected = False
        elif token in OPERATORS:
            yield from _command(words)
            words = []
        elif set(token) <= set("<>&"):
            redirected = True
            if words and words[-1] == "2":
                words.pop()
        else:
            words.append(token)


def _command(words: list[str]) -> Iterator[Command]:
    while words and words[0] in KEYWORDS:
        words = words[1:]
    variables: list[str] = []
    while words and re.match(r"[A-Z_]+=", words[0]):
        variables.append(words[0].partition("=")[0])
        words = words[1:]
    if words and words[0] not in ("for", "done", "fi"):
        yield Command(tuple(variables), tuple(words))
