"""What a command says: lines for people, annotations and a summary for GitHub Actions."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO


class Console:
    """Lines to `out`, errors to `err`; annotations where GITHUB_ACTIONS=true, and a Markdown
    summary where GITHUB_STEP_SUMMARY names a file."""

    def __init__(
        self,
        out: TextIO | None = None,
        err: TextIO | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._out, self._err = out or sys.stdout, err or sys.stderr
        given = os.environ if environment is None else environment
        self._in_actions = given.get("GITHUB_ACTIONS") == "true"
        self._summary = given.get("GITHUB_STEP_SUMMARY")

    def line(self, text: str) -> None:
        """One line of progress or more; flushed, so that a pipe shows it at once."""
        print(self._inert(text), file=self._out, flush=True)

    def raw(self, text: str) -> None:
        """What the command is asked for, as it is: JSON, Markdown."""
        self._out.write(text if text.endswith("\n") else f"{text}\n")
        self._out.flush()

    def error(self, text: str) -> None:
        print(self._inert(text), file=self._err, flush=True)
        self._annotate("error", text)

    def warning(self, text: str) -> None:
        print(self._inert(f"warning: {text}"), file=self._err, flush=True)
        self._annotate("warning", text)

    def summary(self, markdown: str) -> None:
        if self._summary:
            with Path(self._summary).open("a", encoding="utf-8") as file:
                file.write(f"{markdown.rstrip()}\n\n")

    def _inert(self, text: str) -> str:
        """A log line of an application must not be taken for a workflow command."""
        if not self._in_actions:
            return text
        return "\n".join(
            f"\u200b{line}" if line.lstrip().startswith(("::", "##[")) else line
            for line in text.splitlines()
        )

    def _annotate(self, level: str, text: str) -> None:
        if self._in_actions:
            print(f"::{level}::{_escaped(text)}", file=self._out, flush=True)


def _escaped(text: str) -> str:
    """Source: GitHub Actions toolkit, `escapeData` of workflow commands."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
