"""Checks of the IAM statements of services, and of the buckets that they use."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from resource_types.boundary import ALLOWED
from settings.draft import Draft
from settings.naming import bucket_variable
from settings.problems import Problem, listed, nearest
from settings.service.task.permissions import Permission
from settings.stores.buckets import RESERVED


def permissions_inside_the_boundary(draft: Draft) -> Iterator[Problem]:
    """IAM would refuse the call only when a task makes it."""
    if draft.permissions_boundary is None:
        return
    for path, permission in _permissions(draft):
        for action in permission.actions:
            if not any(fnmatchcase(allowed, action) for allowed in ALLOWED):
                text = f"{action} is outside the permissions boundary.{nearest(action, ALLOWED)}"
                how = "To allow it, add it to resource_types/boundary.py and run `make bootstrap`."
                yield Problem(f"{path}.actions", f"{text} {how}")


def permissions_are_of_this_account(draft: Draft) -> Iterator[Problem]:
    """The permissions boundary keeps roles in the account and the region of the stack."""
    if draft.permissions_boundary is None or not (draft.account and draft.region):
        return
    for path, permission in _permissions(draft):
        for arn in permission.resources:
            region, account = arn.split(":")[3:5]
            if region not in ("", "*", draft.region):
                yield Problem(f"{path}.resources", f"{arn} is in {region}; {_boundary(draft)}")
            if account not in ("", "aws", draft.account):
                yield Problem(f"{path}.resources", f"{arn} is of {account}; {_boundary(draft)}")


def bucket_names(draft: Draft) -> Iterator[Problem]:
    for name in sorted(draft.written("buckets") & RESERVED):
        text = "is the name of a bucket of the platform: take another."
        yield Problem(f"buckets.{name}", text)


def service_buckets(draft: Draft) -> Iterator[Problem]:
    """Buckets of services, and the variable with the name that each of them gets."""
    known = draft.written("buckets")
    for name, service in draft.services.items():
        path = f"services.{name}.buckets"
        for bucket in service.buckets:
            if bucket not in known:
                text = f"{bucket} is not under plataforma:buckets.{nearest(bucket, known)}"
                yield Problem(path, f"{text} Known: {listed(known) or 'none'}.")
            if (variable := bucket_variable(bucket)) in {*service.environment, *service.secrets}:
                text = f"{name} gets {variable} with the bucket's name: it can't set it itself."
                yield Problem(path, text)


def _permissions(draft: Draft) -> Iterator[tuple[str, Permission]]:
    for name, service in draft.services.items():
        for number, permission in enumerate(service.permissions):
            yield f"services.{name}.permissions.{number}", permission


def _boundary(draft: Draft) -> str:
    return f"the permissions boundary allows {draft.region} and {draft.account} alone."
