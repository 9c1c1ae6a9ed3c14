"""A command's output: log lines, and for GitHub Actions annotations and a job summary."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO


class Console:
    """Lines go to `out`, errors to `err`; with GITHUB_ACTIONS=true they are annotations too. The
    Markdown summary goes to the file that GITHUB_STEP_SUMMARY names."""

    def __init__(
        self,
        out: TextIO | None = None,
        err: TextIO | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._out, self._err = out or sys.stdout, err or sys.stderr
        variables = os.environ if environment is None else environment
        self._in_actions = variables.get("GITHUB_ACTIONS") == "true"
        self._summary = variables.get("GITHUB_STEP_SUMMARY")

    def line(self, text: str) -> None:
        """One or more lines of progress, flushed at once."""
        print(self._escape(text), file=self._out, flush=True)

    def raw(self, text: str) -> None:
        """The command's result, unchanged: JSON, Markdown, YAML."""
        self._out.write(text if text.endswith("\n") else f"{text}\n")
        self._out.flush()

    def error(self, text: str) -> None:
        print(self._escape(text), file=self._err, flush=True)
        self._annotate("error", text)

    def warning(self, text: str) -> None:
        print(self._escape(f"warning: {text}"), file=self._err, flush=True)
        self._annotate("warning", text)

    def summary(self, markdown: str) -> None:
        if self._summary:
            with Path(self._summary).open("a", encoding="utf-8") as file:
                file.write(f"{markdown.rstrip()}\n\n")

    def _escape(self, text: str) -> str:
        """Keeps the runner from reading a line of an application's log as a workflow command."""
        if not self._in_actions:
            return text
        return "\n".join(
            f"\u200b{line}" if line.lstrip().startswith(("::", "##[")) else line
            for line in text.splitlines()
        )

    def _annotate(self, level: str, text: str) -> None:
        if self._in_actions:
            print(f"::{level}::{_escape_data(text)}", file=self._out, flush=True)


def _escape_data(text: str) -> str:
    """Source: GitHub Actions toolkit, `escapeData` of workflow commands."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
