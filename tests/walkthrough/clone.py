"""A clean clone of the repository with the changes of the working tree, and what a runner
provides for its jobs: an empty home, few variables."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from settings.project import ROOT
from tests.support.stacks import FILES

BRANCH = "main"
STAGING = "Pulumi.staging.yaml"
BACKEND = "      environment: {LOG_LEVEL: debug}"
# How this machine reaches package registries, and whose certificates it trusts.
PASSED = ("PIP_", "UV_", "NPM_CONFIG_", "npm_config_", "GO", "LANG", "LC_")
PASSED_NAMES = frozenset(
    {"CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "SSL_CERT_DIR", "SSL_CERT_FILE"}
    | {"http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"}
)
HOME_FILES = (".npmrc", ".config/pip", ".config/go")
# They stand for a runner's cache: all else is gone before each job.
KEPT = (".venv", "node_modules")


@dataclass(frozen=True)
class Clone:
    """The clone, and beside it the jobs' homes, temporary files and caches."""

    path: Path
    folder: Path

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD").strip()

    def git(self, *arguments: str, stdin: bytes = b"") -> str:
        done = subprocess.run(
            ["git", "-c", "user.name=walk", "-c", "user.email=walk@example.com", *arguments],
            cwd=self.path,
            input=stdin,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"git {' '.join(arguments)}: {done.stderr.decode()}")
        return done.stdout.decode()

    def commit(self, message: str) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--no-verify", "--message", message)
        return self.head

    def change(self, commit: str, file: str, old: str, new: str) -> str:
        """A commit on top of that one that replaces the first `old` of the file with `new`."""
        self.freshen(commit)
        path = self.path / file
        text = path.read_text(encoding="utf-8")
        if old not in text:
            raise ValueError(f"{file} has no {old!r}")
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return self.commit(f"change {file}")

    def backend_logs(self, commit: str, level: str) -> str:
        """A commit whose backend of staging logs at this level, with its task definitions."""
        self.change(commit, STAGING, BACKEND, BACKEND.replace("debug", level))
        command = [sys.executable, "-m", "commands.render.taskdefs"]
        subprocess.run(command, cwd=self.path, check=True, stdout=subprocess.DEVNULL)
        return self.commit("render the task definitions")

    def freshen(self, commit: str) -> None:
        """Resets the clone to a fresh checkout."""
        self.git("reset", "--quiet", "--hard", commit)
        excluded = [word for name in KEPT for word in ("--exclude", name)]
        self.git("clean", "--quiet", "-ffdx", *excluded)

    def home(self) -> Path:
        """An empty home, except for the settings of package registries."""
        home = self.folder / "home"
        shutil.rmtree(home, ignore_errors=True)
        for name in HOME_FILES:
            source, target = Path.home() / name, home / name
            if source.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
        home.mkdir(parents=True, exist_ok=True)
        return home

    def environment(self) -> dict[str, str]:
        """Variables of a job, before GitHub's own."""
        cache = self.folder / "cache"
        passed = {
            name: value
            for name, value in os.environ.items()
            if name.startswith(PASSED) or name in PASSED_NAMES
        }
        return {
            "LANG": "C.UTF-8",
            "PIP_CACHE_DIR": str(cache / "pip"),
            "npm_config_cache": str(cache / "npm"),
            **passed,
            "HOME": str(self.home()),
            "PATH": _path(),
        }


def make(folder: Path) -> Clone:
    """Commits the changes of the working tree."""
    path = folder / "plataforma"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(path)], check=True)
    clone = Clone(path, folder)
    clone.git("checkout", "--quiet", "-B", BRANCH)
    if clone.git("rev-parse", "--is-shallow-repository").strip() == "true":
        _begin_history(clone)
    changed = _said("git", "diff", "--binary", "HEAD")
    if changed:
        clone.git("apply", "--whitespace=nowarn", stdin=changed)
    others = _said("git", "ls-files", "--others", "--exclude-standard", "-z").split(b"\0")
    for name in filter(None, map(os.fsdecode, others)):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, path / name)
    _use_stacks_of_the_tests(path)
    clone.commit("what the working tree has changed, with the stacks of the tests")
    return clone


def _begin_history(clone: Clone) -> None:
    """With one commit, where the repository is a shallow clone: images are dated by the whole."""
    root = clone.git("commit-tree", "HEAD^{tree}", "-m", "what a shallow clone has").strip()
    clone.git("reset", "--quiet", "--soft", root)
    clone.git("remote", "remove", "origin")
    (clone.path / ".git/shallow").unlink()


def _use_stacks_of_the_tests(path: Path) -> None:
    for file in path.glob("Pulumi.*.yaml"):
        file.unlink()
    shutil.copytree(FILES, path, ignore=shutil.ignore_patterns("Pulumi.yaml"), dirs_exist_ok=True)
    command = [sys.executable, "-m", "commands.render.taskdefs"]
    subprocess.run(command, cwd=path, check=True, stdout=subprocess.DEVNULL)


def _path() -> str:
    """Without the virtual environment that these tests run in."""
    parts = os.environ["PATH"].split(os.pathsep)
    return os.pathsep.join(part for part in parts if part != str(Path(sys.executable).parent))


def _said(*command: str) -> bytes:
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
