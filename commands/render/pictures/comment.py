"""The comment that a pull request with this change would get, as GitHub would show it."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from rich.console import Console

from commands.preview import preview
from delivery.commands.comment import MARKER
from delivery.previews.comment_body import body
from delivery.previews.process import preview_of
from policies.check import violations

ALERT = re.compile(r"<blockquote>\s*<p>\[!(CAUTION|WARNING)\]\s*")
PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; font: 14px/1.5 "Liberation Sans", Arial, sans-serif; color: #1f2328 }}
main {{ margin: 12px; border: 1px solid #d0d7de; border-radius: 6px }}
header {{ padding: 8px 16px; background: #f6f8fa; border-bottom: 1px solid #d0d7de }}
article {{ padding: 4px 16px 12px }}
h2 {{ font-size: 1.4em; border-bottom: 1px solid #d0d7de; padding-bottom: 5px }}
h3 {{ font-size: 1.15em }}
code {{ font: 85%/1.4 "DejaVu Sans Mono", monospace; padding: .2em .4em }}
code {{ background: #eff1f3; border-radius: 6px }}
blockquote {{ margin: 0 0 16px; padding: 0 1em; border-left: 4px solid #d0d7de }}
.kind {{ font-weight: 600 }}
.caution {{ border-color: #cf222e }} .caution .kind {{ color: #cf222e }}
.warning {{ border-color: #9a6700 }} .warning .kind {{ color: #9a6700 }}
td, th {{ border: 1px solid #d0d7de; padding: 4px 13px }}
</style>
<main><header><b>github-actions</b> commented</header><article>{content}</article></main>"""


def comment_of(stack: str) -> str:
    """What the working tree changes against HEAD. Errors: those of `preview`."""
    plan = preview(stack, "process", "HEAD", Console(stderr=True))
    change = preview_of(plan, violations(plan.after, plan.stack))
    return body([change], MARKER, "What this would change")


def page(markdown: str) -> str:
    content = MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown)
    return PAGE.format(content=ALERT.sub(_alert, content))


def _alert(found: re.Match[str]) -> str:
    kind = found[1].lower()
    return f'<blockquote class="{kind}"><p class="kind">{kind.capitalize()}</p><p>'
