"""The alarms section of the stack config."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from settings.section import Section


class AlarmSettings(Section):
    """Who is notified when an alarm fires, and when it ends."""

    emails: tuple[
        Annotated[
            str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", description="An e-mail address.")
        ],
        ...,
    ] = Field(default=(), description="E-mail addresses; each confirms its subscription once.")
    webhooks: tuple[
        Annotated[str, Field(pattern=r"^https://\S+$", description="An https:// address.")], ...
    ] = Field(default=(), description="https:// addresses that SNS posts to.")
