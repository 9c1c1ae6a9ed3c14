"""Refuses to replace a load balancer that is protected, before anything in front of a service goes.

CloudFront on or off is another scheme, which is fixed at creation: another load balancer takes the
place of the first, under its name. Pulumi deletes what depends on the first, rules and listeners,
and then the load balancer itself, which AWS refuses while deletion protection is on. The security
group is updated before all of them and carries the scheme as a tag; a hook compares the old one
with the new.
"""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from components.shared.hooks import Tags, before_update

SCHEME = "scheme"
ADVICE = (
    "Nothing was changed. Lift the protection in AWS as docs/operations.md says (CloudFront on or "
    "off), and deploy again: requests fail until the new load balancer serves."
)


def scheme(internal: bool) -> str:
    return "internal" if internal else "internet-facing"


def refusal(load_balancer: str, was: str, becomes: str) -> str:
    """Why a load balancer that is protected can't change its scheme, and what to do; empty where
    the scheme stays."""
    if was == becomes:
        return ""
    return (
        f"plataforma:edge.cdn: load balancer {load_balancer} can't change from {was} to "
        f"{becomes} while its deletion protection is on: another one takes its place. "
        f"{ADVICE}"
    )


def refuse_replacement_while_protected(
    load_balancer: str, parent: pulumi.Resource
) -> pulumi.ResourceHookBinding:
    """A hook of the security group, in previews and updates. `load_balancer`: its name."""

    async def check(old: Tags, new: Tags) -> None:
        text = refusal(load_balancer, old[SCHEME], new[SCHEME]) if SCHEME in old else ""
        if not text:
            return
        found = await aws.lb.get_load_balancer_output(
            name=load_balancer, opts=pulumi.InvokeOutputOptions(parent=parent)
        ).future()
        if found and found.enable_deletion_protection:
            raise pulumi.RunError(text)

    return before_update("edge-replacement", check)
