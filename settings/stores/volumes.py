"""A volume of the stack config."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from settings.section import Section


class VolumeSettings(Section):
    """An EFS file system: encrypted at rest and in transit, in every zone. A service that names it
    under `volumes` reads and writes its files at the path there; services that name the same volume
    share them. In prod it stays in the account when it leaves the stack."""

    backups: bool = Field(
        default=True,
        description="A backup each day by AWS Backup, kept for 35 days: true or false.",
    )
    throughput: Literal["elastic", "bursting"] = Field(
        default="elastic",
        description="elastic (billed by what is read and written) or bursting (in the storage's "
        "price; slow once a small volume has used its credits).",
    )
