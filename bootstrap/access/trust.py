"""Who may assume a role through GitHub's OIDC provider: exact subjects, no wildcard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

ISSUER = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"
PREVIEW = "preview"
"""The GitHub environment of pull requests' stacks, and the name of their key."""
PREVIEW_REMOVAL = "preview-removal"
"""The GitHub environment in which main's own jobs remove these stacks: nobody is asked there."""


def subject_of_environment(repository: str, environment: str) -> str:
    """The `sub` of a job in a GitHub environment: GitHub has enforced the environment's rules."""
    return f"repo:{repository}:environment:{environment}"


def subject_of_main(repository: str) -> str:
    """The `sub` of a job of main that is in no environment."""
    return f"repo:{repository}:ref:refs/heads/main"


def preview_subjects(repository: str, on_pull_requests: bool) -> list[str]:
    """The subjects of main, and of pull requests of the repository's own branches."""
    main = subject_of_main(repository)
    return [f"repo:{repository}:pull_request", main] if on_pull_requests else [main]


def trust(provider_arn: str, subjects: Sequence[str]) -> dict[str, Any]:
    """The trust policy. Subjects are compared exactly, case included."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": provider_arn},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{ISSUER}:aud": AUDIENCE, f"{ISSUER}:sub": list(subjects)}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
