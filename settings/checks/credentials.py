"""Checks that no value of the stack file is a credential. Those of `secrets` are encrypted; SNS
keeps the addresses of `alarms` as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from settings.draft import Draft
from settings.problems import Problem
from settings.stack_file import texts

# Sources: gitleaks at b58d3f1 (2026-07-22), config/gitleaks.toml, for all but the last; IAM User
# Guide, "IAM identifiers", for AWS's prefixes. Stripe's keys for tests move no money.
FORMS = {
    "an AWS access key": r"\b(AKIA|ASIA)[A-Z2-7]{16}\b",
    "a GitHub token": r"\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{82})\b",
    "a GitLab token": r"\bglpat-[\w-]{20}",
    "a Slack token": r"\bxox[abeoprs]-[\w-]{10,}|\bxapp-\d-[A-Z0-9]+-\d+-[a-z0-9]+",
    "a Slack webhook": r"hooks\.slack\.com/(services|workflows|triggers)/\w+",
    "a Stripe key": r"\b[rs]k_(live|prod)_[A-Za-z0-9]{10,}",
    "a Google API key": r"\bAIza[\w-]{35}",
    "a SendGrid key": r"\bSG\.[\w-]{22}\.[\w-]{43}",
    "a Twilio key": r"\bSK[0-9a-fA-F]{32}\b",
    "a Shopify token": r"\bshp(at|ca|pa|ss)_[a-fA-F0-9]{32}\b",
    "a DigitalOcean token": r"\bdo[opr]_v1_[a-f0-9]{64}\b",
    "an OpenAI key": r"\bsk-[\w-]*T3BlbkFJ[\w-]+",
    "an Anthropic key": r"\bsk-ant-(api|admin)\d\d-[\w-]{90,}",
    "an npm token": r"\bnpm_[A-Za-z0-9]{36}\b",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY",
    "an address with a password": r"\b[a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@",
}
_NAME = re.compile(
    r"(?<!PUBLIC_)(PASSWORD|PASSWD|SECRET|(SECRET|PRIVATE|ACCESS|API)_KEY|(AUTH|ACCESS)_TOKEN)$"
)
_RANDOM = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9+/_=-]{16,}")
ELSEWHERE = ("alarms", "secrets")
PASSWORD = "a password or a key"  # noqa: S105


def no_value_is_a_credential(draft: Draft) -> Iterator[Problem]:
    """No problem holds the value itself."""
    public = {key: value for key, value in draft.raw.items() if key not in ELSEWHERE}
    for path, text in texts(public):
        variable = path[-1] if "environment" in path[:-1] else ""
        kind = next((kind for kind, form in FORMS.items() if re.search(form, text)), "")
        if not kind and _NAME.search(variable) and _RANDOM.fullmatch(text):
            kind = PASSWORD
        if kind:
            yield Problem(".".join(path), _text(kind, variable, draft.stack))


def _text(kind: str, variable: str, stack: str) -> str:
    if variable:
        text = f"looks like {kind}, which people can read here and in the task definition"
        return f"{text}: make secret STACK={stack} NAME={variable}, and list it in secrets."
    how = f"make secret STACK={stack} NAME=<NAME>"
    return f"looks like {kind}, which people can read here: keep it under secrets ({how})."
