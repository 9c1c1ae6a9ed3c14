"""What the account lists for an environment besides what bears its name."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Resource = Annotated[
    str,
    Field(
        pattern=r"^(ssm:/[A-Za-z0-9_./-]+|secretsmanager:[A-Za-z0-9/_+=.@!-]+"
        r"|arn:aws(-cn|-us-gov)?:[a-z0-9-]+:[a-z0-9-]*:(\d{12}|aws)?:[^\s$*?][^\s$]*)$",
        description="secretsmanager:name, ssm:/path, or an ARN with * and ? in its last part.",
    ),
]


def arn_pattern(resource: str, partition: str, region: str, account: str) -> str:
    """The ARN of a resource as it is listed. That of a secret ends in six characters that Secrets
    Manager chooses (Secrets Manager User Guide, "Secrets Manager secret", ARN)."""
    store, _, name = resource.partition(":")
    if store == "arn":
        return resource
    here = f"arn:{partition}:{store}:{region}:{account}"
    return f"{here}:parameter{name}" if store == "ssm" else f"{here}:secret:{name}-??????"
