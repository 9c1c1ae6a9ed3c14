"""Checks of ARNs: the account, the region and the partition of what they name."""

from __future__ import annotations

from collections.abc import Iterator

from settings.draft import Draft
from settings.monitoring.alerting import STACK_TOPIC
from settings.network.edge import certificate_region
from settings.partition import partition_of
from settings.problems import Problem


def certificate_is_in_the_region(draft: Draft) -> Iterator[Problem]:
    if draft.edge is None or draft.region is None:
        return
    region = certificate_region(draft.edge.certificate)
    if region not in (None, draft.region):
        text = f"the certificate is in {region}; the load balancer needs one in {draft.region}."
        yield Problem("edge.certificate", text)


def certificates_are_of_this_account(draft: Draft) -> Iterator[Problem]:
    """ACM shares no certificate with other accounts."""
    if draft.account is None:
        return
    for path, certificate in _certificates(draft):
        if certificate.split(":")[4] != draft.account:
            text = (
                f"is of account {certificate.split(':')[4]}; a listener takes one of this stack's"
            )
            yield Problem(path, f"{text} account alone, {draft.account}.")


def keys_are_of_this_account(draft: Draft) -> Iterator[Problem]:
    """The permissions boundary keeps roles in the account and the region of the stack."""
    for name, secret in draft.secrets.items():
        if secret.kms_key and (place := _elsewhere(draft, secret.kms_key)):
            text = f"is of {place}; tasks may use keys of this stack's account and region:"
            yield Problem(f"secrets.{name}.kmsKey", f"{text} replicate the secret.")
        if secret.ref_arn and (place := _elsewhere(draft, secret.ref_arn)):
            text = f"is of {place}; tasks may read secrets of this stack's account and region:"
            yield Problem(f"secrets.{name}.ref", f"{text} replicate it.")


def topics_are_of_this_account(draft: Draft) -> Iterator[Problem]:
    """The role of Alertmanager may publish to the stack's account and region alone."""
    for path, topic in _topics(draft):
        if place := _elsewhere(draft, topic):
            text = f"is of {place}; Alertmanager may publish in this stack's account and region"
            yield Problem(path, f"{text} alone: name a topic there, and subscribe to it.")


def arns_are_of_the_partition(draft: Draft) -> Iterator[Problem]:
    partition = partition_of(draft.region) if draft.region else None
    if partition is None:
        return
    for path, arn in _arns(draft):
        found = arn.split(":")[1]
        if found != partition:
            text = f"begins with arn:{found}; ARNs of {draft.region} begin with arn:{partition}."
            yield Problem(path, text)


def _arns(draft: Draft) -> Iterator[tuple[str, str]]:
    yield from _certificates(draft)
    yield from _topics(draft)
    for name, secret in draft.secrets.items():
        if secret.kms_key:
            yield f"secrets.{name}.kmsKey", secret.kms_key
        if secret.ref_arn:
            yield f"secrets.{name}.ref", secret.ref_arn
    for name, service in draft.services.items():
        for number, permission in enumerate(service.permissions):
            for arn in permission.resources:
                yield f"services.{name}.permissions.{number}.resources", arn


def _certificates(draft: Draft) -> Iterator[tuple[str, str]]:
    if draft.edge is None:
        return
    for path, certificate in (
        ("edge.certificate", draft.edge.certificate),
        ("edge.cdn.certificate", draft.edge.cdn.certificate),
    ):
        if certificate.startswith("arn:"):
            yield path, certificate


def _topics(draft: Draft) -> Iterator[tuple[str, str]]:
    is_on = draft.monitoring and draft.monitoring.mode != "off"
    alerting = draft.monitoring.alerting if draft.monitoring and is_on else None
    for name, receiver in alerting.receivers.items() if alerting else ():
        if receiver.sns and receiver.sns != STACK_TOPIC:
            yield f"monitoring.alerting.receivers.{name}.sns", receiver.sns


def _elsewhere(draft: Draft, arn: str) -> str:
    """Region and account of an ARN of another one; empty for one of the stack's."""
    region, account = arn.split(":")[3:5]
    here = not (draft.region and draft.account) or (region, account) == (
        draft.region,
        draft.account,
    )
    return "" if here else f"{region} {account}"
