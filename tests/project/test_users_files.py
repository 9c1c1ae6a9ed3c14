"""That other tests do not depend on the users' files is held while they run."""

from __future__ import annotations

from pathlib import Path

import pytest

from settings.project import ROOT
from tests.support import users_files


@pytest.mark.parametrize(
    "name",
    ["Pulumi.any.yaml", "bootstrap/Pulumi.account.yaml", "infra/aws/x.json"],
)
def test_a_test_that_reads_a_users_file_fails(name: str):
    users_files.begin(ROOT / "tests/settings/test_load.py")
    with pytest.raises(users_files.ReadUsersFileError, match=r"tests/stacks/"):
        (ROOT / name).read_text()
    users_files.begin(Path(__file__))


@pytest.mark.parametrize("name", ["Pulumi.yaml", "tests/stacks/Pulumi.staging.yaml"])
def test_other_files_are_anyones(name: str):
    assert not users_files.is_users(ROOT / name)
