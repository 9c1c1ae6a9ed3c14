"""Draws docs/pictures: the preview of what the working tree changes in a stack, and the comment
that a pull request with it would get: `make pictures`. With --url docs/screens, the screens of the
application that runs there.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from commands.preview import EXPECTED_ERRORS
from commands.render.pictures.application import draw_application
from commands.render.pictures.browser import draw_page
from commands.render.pictures.comment import comment_of, page
from commands.render.pictures.terminal import PictureError, preview_svg
from settings.project import ROOT

FOLDER = ROOT / "docs/pictures"
SCREENS = ROOT / "docs/screens"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make pictures", description=__doc__)
    parser.add_argument("--stack", default="staging")
    parser.add_argument("--url", default="", help="of the application, e.g. http://127.0.0.1:8080")
    options = parser.parse_args(arguments)
    try:
        if options.url:
            draw_application(options.url, SCREENS)
        else:
            (FOLDER / "preview.svg").write_text(preview_svg(options.stack))
            draw_page(page(comment_of(options.stack)), FOLDER / "comment.png")
    except (PictureError, *EXPECTED_ERRORS) as error:
        print(f"pictures: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
