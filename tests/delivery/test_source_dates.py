"""The date of an image is that of the last commit that changed what it is built from."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from delivery.shared.errors import InputError
from delivery.shared.source_dates import source_date

DOCKERFILE = "images/Dockerfile.backend"
AUTHOR = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a"}


class History:
    """A repository; each commit is a day after the one before."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.day = folder, 0
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> None:
        date = f"@{self.day * 86_400} +0000"
        dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date, "GIT_COMMITTER_EMAIL": "a@b"}
        home = {"HOME": str(self.folder), "PATH": "/usr/bin:/bin"}
        command = ["git", *arguments]
        subprocess.run(command, cwd=self.folder, env=AUTHOR | dates | home, check=True)

    def commit(self, **files: str | None) -> None:
        """Files by their paths, with __ for a slash and _ for a dot; None removes one."""
        self.day += 1
        for name, text in files.items():
            path = self.folder / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink() if text is None else path.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message=a change")

    def changed_on(self) -> int:
        """The day of the image."""
        return source_date(self.folder, DOCKERFILE) // 86_400


@pytest.fixture
def history(tmp_path: Path) -> History:
    made = History(tmp_path)
    made.commit(images__Dockerfile_backend="FROM scratch", README_md="1")
    made.commit(images__Dockerfile_backend_dockerignore="*\n!api\n**/tests\n")
    made.commit(api__main_ts="1", api__old_ts="1", api__tests__main_ts="1", web__main_ts="1")
    return made


def test_only_what_the_image_is_built_from_dates_it(history: History) -> None:
    assert history.changed_on() == 3
    history.commit(README_md="2", web__main_ts="2", api__tests__main_ts="2")
    history.commit()
    assert history.changed_on() == 3
    history.commit(api__main_ts="2")
    assert history.changed_on() == 6
    history.commit(images__Dockerfile_backend="FROM other")
    assert history.changed_on() == 7


def test_a_removed_file_dates_it_too(history: History) -> None:
    history.commit(api__old_ts=None)
    assert history.changed_on() == 4


def test_a_merge_dates_what_it_brings_to_main(history: History) -> None:
    history.git("checkout", "--quiet", "-b", "topic")
    history.commit(api__main_ts="2")
    history.git("checkout", "--quiet", "main")
    history.commit(README_md="2")
    history.day += 1
    history.git("merge", "--quiet", "--no-ff", "--no-edit", "topic")
    assert history.changed_on() == 6


def test_a_shallow_clone_says_what_to_fetch(history: History, tmp_path: Path) -> None:
    history.commit(README_md="2")
    clone = ("clone", "--quiet", "--depth=1", tmp_path.as_uri(), str(tmp_path / "shallow"))
    history.git(*clone)
    with pytest.raises(InputError, match="fetch-depth: 0"):
        source_date(tmp_path / "shallow", DOCKERFILE)


def test_without_a_history_nothing_is_dated(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no git history"):
        source_date(tmp_path, DOCKERFILE)


def test_what_was_never_committed_is_named(history: History) -> None:
    ignored = history.folder / "images/Dockerfile.worker.dockerignore"
    ignored.write_text("*\n!worker\n")
    with pytest.raises(InputError, match=r"no commit has images/Dockerfile\.worker"):
        source_date(history.folder, "images/Dockerfile.worker")
