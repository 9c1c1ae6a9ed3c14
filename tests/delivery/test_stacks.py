"""What the pipeline is told of the environments: one list, in the account's stack file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bootstrap import environments
from tests.delivery.stack import run

ACCOUNT = """\
config:
  plataforma:environments:
    - {name: dev}
    - {name: qa, approval: false}
    - {name: live}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "bootstrap").mkdir()
    (tmp_path / environments.FILE).write_text(ACCOUNT)
    return tmp_path


@pytest.mark.parametrize(
    ("listed", "previewed", "unpreviewed"),
    [
        ("", [], "dev qa live"),
        ("  plataforma:pullRequestPreviews: [qa, dev]\n", ["dev", "qa"], "live"),
        ("  plataforma:pullRequestPreviews: [dev, qa, live]\n", ["dev", "qa", "live"], ""),
    ],
)
def test_pull_requests_preview_with_a_role_what_the_account_allows_and_the_rest_without(
    project: Path, listed: str, previewed: list[str], unpreviewed: str
):
    (project / environments.FILE).write_text(ACCOUNT + listed)
    done = run(["stacks", "--project", str(project)])
    lines = dict(line.split("=", 1) for line in done.out.splitlines())
    assert [one["stack"] for one in json.loads(lines["previewed"])] == previewed
    assert lines["unpreviewed"] == unpreviewed
    assert (lines["names"], lines["first"]) == ("dev qa live", "dev")
    assert json.loads(lines["stacks"])[1] == {"stack": "qa", "role": "AWS_ROLE_PREVIEW_QA"}


def test_reviewers_are_asked_for_all_but_the_first_and_those_that_say_otherwise(project: Path):
    assert environments.reviewed_in(project) == ["live"]
