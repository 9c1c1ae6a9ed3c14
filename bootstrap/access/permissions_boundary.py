"""The permissions boundary of every role that the program creates.

To allow a role another action, edit resource_types/boundary.py and run `make bootstrap`: a
deployment of a stack can't extend the permissions of its tasks.
"""

from __future__ import annotations

from bootstrap.access.documents import Statement, allow
from bootstrap.access.stacks import PROJECT, Stacks
from resource_types.boundary import ALLOWED, FILES
from resource_types.model import actions

ACCOUNT_TAG = "account"
"""The tag Environment of what this project makes, which no stack's role may change or tag."""
RUN_EVENTS = "events: DescribeRule PutRule PutTargets"
RUN_EVENTS_RULE = "rule/StepFunctionsGetEventsForECSTaskRule"
"""By which Step Functions learns that a job's task has ended. Source: Step Functions Developer
Guide, "IAM policies for calling Amazon ECS/AWS Fargate"."""
KEY_USE = "kms: Decrypt DescribeKey GenerateDataKey"


def boundary_statements(stacks: Stacks, state_bucket_arn: str) -> list[Statement]:
    """Regional calls only in this region and account. Roles are passed only to tasks (CodeDeploy
    does). No access to the state, nor to keys of stacks' secrets. Any `stacks` of the account give
    the same statements."""
    here = {
        "StringEquals": {"aws:RequestedRegion": stacks.region},
        "StringEqualsIfExists": {"aws:ResourceAccount": stacks.account},
    }
    roles = [f"arn:{stacks.partition}:iam::{stacks.account}:role/{PROJECT}-*"]
    to_tasks = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    keys = {
        "StringEquals": {**here["StringEquals"], "aws:ResourceAccount": stacks.account},
        "StringNotEquals": {"aws:ResourceTag/Environment": ACCOUNT_TAG},
    }
    return [
        allow(ALLOWED, ["*"], here),
        allow(actions(KEY_USE), ["*"], keys),
        allow(
            actions(RUN_EVENTS),
            [stacks.arns([f"events:{{region}}:{{account}}:{RUN_EVENTS_RULE}"])[0]],
        ),
        allow(actions(FILES), stacks.arns(["elasticfilesystem:{region}:{account}:file-system/*"])),
        allow(["iam:PassRole"], [f"{roles[0]}-task", f"{roles[0]}-execution"], to_tasks),
        {
            "Effect": "Deny",
            "Action": "s3:*",
            "Resource": [state_bucket_arn, f"{state_bucket_arn}/*"],
        },
    ]
