"""A role that jobs of GitHub Actions assume."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from bootstrap.access.documents import Document, Statement, document, to_json


@dataclass(frozen=True)
class PipelineRoleArgs:
    """`documents`: policies that a preview shows. `state`: statements with the ARNs of keys, which
    are known after their creation; None for a role that reads no state. `hours`: the maximum
    session duration."""

    physical_name: str
    trust: pulumi.Output[Document]
    documents: Sequence[Document]
    state: pulumi.Output[list[Statement]] | None
    hours: int


class PipelineRole(pulumi.ComponentResource):
    """A role that only the subjects of its trust policy may assume.

    Makes: iam.Role; an iam.Policy and its attachment for each document, and for the state.
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: PipelineRoleArgs, opts: pulumi.ResourceOptions) -> None:
        super().__init__("plataforma:bootstrap:PipelineRole", name, None, opts)
        role = aws.iam.Role(
            name,
            name=args.physical_name,
            assume_role_policy=args.trust.apply(to_json),
            max_session_duration=args.hours * 3600,
            opts=pulumi.ResourceOptions(parent=self),
        )
        policies: dict[str, pulumi.Input[str]] = {
            str(number): to_json(content) for number, content in enumerate(args.documents, 1)
        }
        if args.state is not None:
            policies["state"] = args.state.apply(lambda found: to_json(document(found)))
        for suffix, content in policies.items():
            policy = aws.iam.Policy(
                f"{name}-{suffix}",
                name=f"{args.physical_name}-{suffix}",
                policy=content,
                opts=pulumi.ResourceOptions(parent=role),
            )
            aws.iam.RolePolicyAttachment(
                f"{name}-{suffix}",
                role=role.name,
                policy_arn=policy.arn,
                opts=pulumi.ResourceOptions(parent=policy),
            )
        self.arn = role.arn
        self.register_outputs({"arn": role.arn})
