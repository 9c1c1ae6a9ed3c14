"""What `make preview` prints, as an SVG."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys

from rich.console import Console
from rich.text import Text

from settings.project import ROOT

COLUMNS = 128
FONT_FACE = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)


class PictureError(Exception):
    """Nothing was drawn. The message says what to do."""


def preview_svg(stack: str) -> str:
    """Errors: PictureError where the preview fails."""
    command = ["-m", "commands.preview", "--stack", stack, "--engine", "process"]
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, "FORCE_COLOR": "1", "TERM": "xterm-256color"},
        capture_output=True,
        text=True,
        check=False,
    )
    if not done.stdout:
        raise PictureError(f"the preview failed:\n{done.stderr.strip()}")
    return svg_of(f"$ make preview STACK={stack}\n{done.stdout}", f"make preview STACK={stack}")


def svg_of(printed: str, title: str) -> str:
    """`printed` with its colours. The font is the reader's: a picture of a page loads none."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(Text.from_ansi(printed))
    return FONT_FACE.sub("", console.export_svg(title=title, unique_id="terminal"))
