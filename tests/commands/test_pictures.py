"""What is drawn in docs/pictures: the preview's SVG, and the page of a comment."""

from __future__ import annotations

import re

from commands.render.pictures.comment import page
from commands.render.pictures.terminal import svg_of

COMMENT = """<!-- marker -->
### `staging`: 1 update

> [!WARNING]
> **This interrupts what runs.**
> - `database`

| Part | A month |
|---|--:|
| `database` | $13.14 |
"""


def test_a_terminal_s_picture_keeps_text_and_colours_and_loads_nothing():
    svg = svg_of("plain \x1b[1;31m!! DOWNTIME\x1b[0m", "make preview")
    assert "DOWNTIME" in svg
    red = re.search(r"\.(\S+) \{ fill: #cc555a", svg)
    assert red is not None
    assert f'class="{red[1]}"' in svg
    assert "url(http" not in svg


def test_a_comment_s_alert_and_table_are_drawn_as_github_shows_them():
    html = page(COMMENT)
    assert '<blockquote class="warning"><p class="kind">Warning</p><p><strong>' in html
    assert "[!WARNING]" not in html
    assert '<td style="text-align:right">$13.14</td>' in html
