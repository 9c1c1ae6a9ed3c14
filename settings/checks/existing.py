"""Checks that what a stack file names is there for the stack, and is no credential."""

from __future__ import annotations

import re
from collections.abc import Iterator

from settings.draft import Draft
from settings.partition import REGIONS, partition_of
from settings.problems import Problem, nearest

# The forms that their issuers publish, as in the rules of gitleaks v8 (config/gitleaks.toml).
CREDENTIALS = {
    "an AWS access key": r"\b(AKIA|ASIA)[A-Z2-7]{16}\b",
    "a GitHub token": r"\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{82})\b",
    "a GitLab token": r"\bglpat-[\w-]{20}",
    "a Slack token": r"\bxox[abeoprs]-[\w-]{10,}",
    "a Slack webhook": r"hooks\.slack\.com/(services|workflows)/\w+",
    "a Stripe key": r"\b[rs]k_live_[A-Za-z0-9]{10,}",
    "a Google API key": r"\bAIza[\w-]{35}",
    "a SendGrid key": r"\bSG\.[\w-]{22}\.[\w-]{43}",
    "an npm token": r"\bnpm_[A-Za-z0-9]{36}\b",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY",
    "an address with a password": r"^[a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@",
}


def region_exists(draft: Draft) -> Iterator[Problem]:
    """Of a partition that is supported; others are checks/hosts.py's."""
    if draft.region and partition_of(draft.region) and draft.region not in REGIONS:
        yield Problem(
            "region", f"{draft.region} is no region of AWS.{nearest(draft.region, REGIONS)}"
        )


def certificates_are_of_this_account(draft: Draft) -> Iterator[Problem]:
    """ACM shares no certificate with other accounts."""
    if draft.edge is None or draft.account is None:
        return
    named = {"edge.certificate": draft.edge.certificate}
    named["edge.cdn.certificate"] = draft.edge.cdn.certificate
    for path, certificate in named.items():
        if certificate.startswith("arn:") and certificate.split(":")[4] != draft.account:
            text = (
                f"is of account {certificate.split(':')[4]}; a listener takes one of this stack's"
            )
            yield Problem(path, f"{text} account alone, {draft.account}.")


def environment_holds_no_credential(draft: Draft) -> Iterator[Problem]:
    """No problem holds the value itself."""
    for name, service in draft.services.items():
        for variable, value in service.environment.items():
            kinds = (kind for kind, form in CREDENTIALS.items() if re.search(form, value))
            if kind := next(kinds, None):
                text = f"looks like {kind}, which people can read here and in the task definition"
                advice = f"make secret STACK={draft.stack} NAME={variable}, and list it in secrets"
                yield Problem(f"services.{name}.environment.{variable}", f"{text}: {advice}.")
