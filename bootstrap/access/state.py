"""What a role may do with Pulumi's state.

The paths are those of Pulumi's DIY backends. `pulumi preview` takes no lock and writes nothing; the
other commands take a lock and write a backup and the history.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bootstrap.access.documents import Statement, allow
from bootstrap.access.stacks import PROJECT, Stacks

META = ".pulumi/meta.yaml"


def read_state(
    stacks: Stacks, bucket_arn: str, state_key_arn: str, environments: Sequence[str]
) -> list[Statement]:
    """The state of these environments, and the tags of the stack itself. It may list the bucket:
    else S3 answers 403, not 404, for a state that does not exist, and Pulumi stops."""
    paths = [META, *(f".pulumi/stacks/{PROJECT}/{name}.json*" for name in environments)]
    paths += [_tags(name) for name in stacks.environments]
    return [
        allow(["s3:ListBucket"], [bucket_arn]),
        allow(["s3:GetObject"], [f"{bucket_arn}/{path}" for path in paths]),
        allow(["kms:Decrypt"], [state_key_arn], _through_s3(stacks)),
    ]


def write_state(stacks: Stacks, bucket_arn: str, state_key_arn: str) -> list[Statement]:
    """The stack's own state, lock, history and backups."""
    paths = [path for name in stacks.environments for path in _own(name)]
    return [
        allow(
            ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
            [f"{bucket_arn}/{path}" for path in paths],
        ),
        allow(["kms:GenerateDataKey"], [state_key_arn], _through_s3(stacks)),
    ]


def _own(name: str) -> list[str]:
    return [
        f".pulumi/stacks/{PROJECT}/{name}.json*",
        _tags(name),
        f".pulumi/history/{PROJECT}/{name}/*",
        f".pulumi/backups/{PROJECT}/{name}/*",
        f".pulumi/locks/organization/{PROJECT}/{name}/*",
    ]


def _tags(name: str) -> str:
    """Read by every preview and update, even if the stack has no tags."""
    return f".pulumi/stacks/{PROJECT}/{name}.pulumi-tags"


def _through_s3(stacks: Stacks) -> Mapping[str, Mapping[str, str]]:
    return {"StringEquals": {"kms:ViaService": f"s3.{stacks.region}.amazonaws.com"}}
