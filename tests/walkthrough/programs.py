"""The programs that a job must not run here, or that may be missing here, each with its stand-in.
Run as `programs.py NAME ARGUMENTS...`, this module is the stand-in.

A job calls a stand-in by its name: those that a runner has are there from the start, the others
once an action has installed them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

REAL_PATH = "WALK_REAL_PATH"
"""PATH without the stand-ins."""
JOURNAL = "WALK_JOURNAL"
"""The file that records the calls of Pulumi and AWS, one per line, in order."""
MISSING = "WALK_MISSING"
"""The file with the reason why this machine cannot run a job: the job is skipped."""
DIGEST = "containerimage.digest"
SIGNED = re.compile(r"ghcr\.io/\S+@sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Program:
    """The stand-in of a program. `on_runner`: a runner has it; else an action installs it."""

    words: str
    run: Callable[[Sequence[str]], int]
    on_runner: bool = False


def sudo(arguments: Sequence[str]) -> int:
    """apt-get only, and nothing is installed."""
    if list(arguments[:2]) == ["apt-get", "update"]:
        return 0
    if list(arguments[:2]) != ["apt-get", "install"]:
        return _refused(f"sudo {' '.join(arguments)}: only apt-get update and install stand in")
    packages = [word for word in arguments[2:] if not word.startswith("-")]
    unknown = [name for name in packages if not _is_package(name)]
    return _refused(f"apt-get: no package {', '.join(unknown)}") if unknown else 0


def _is_package(name: str) -> bool:
    asked = (["dpkg-query", "--show", name], ["apt-cache", "show", name])
    return any(subprocess.run(a, capture_output=True, check=False).returncode == 0 for a in asked)


def docker(arguments: Sequence[str]) -> int:
    """buildx bake is checked and builds nothing; all else runs the real docker."""
    if list(arguments[:2]) != ["buildx", "bake"]:
        return _real("docker", arguments)
    options = dict(zip(arguments[2::2], arguments[3::2], strict=True))
    if not set(options) <= {"--file", "--metadata-file"}:
        return _refused(f"docker buildx bake: {' '.join(arguments[2:])} is not known here")
    targets = json.loads(Path(options["--file"]).read_text())["target"]
    problems = [text for name, target in targets.items() for text in _wrong(name, target)]
    if problems:
        return _refused("\n".join(problems))
    if "--metadata-file" in options:
        metadata = {name: {DIGEST: _digest_of_sources(target)} for name, target in targets.items()}
        Path(options["--metadata-file"]).write_text(json.dumps(metadata))
    print(f"would build {', '.join(targets)}")
    return 0


def _digest_of_sources(target: Mapping[str, object]) -> str:
    """Two builds of the same sources are the same image."""
    sys.path.append(str(Path(__file__).parents[2]))
    from simulation import docker_context

    context = Path(str(target["context"]))
    return f"sha256:{docker_context.digest(context, context / str(target['dockerfile']))}"


def _wrong(name: str, target: Mapping[str, object]) -> list[str]:
    context = Path(str(target["context"]))
    dockerfile = context / str(target["dockerfile"])
    missing = [str(path) for path in (context, dockerfile) if not path.exists()]
    untagged = [] if target.get("tags") else [f"{name} has no tag"]
    return [*(f"{name}: there is no {path}" for path in missing), *untagged]


def cosign(arguments: Sequence[str]) -> int:
    """Signs nothing, takes every image by digest for signed, and finds nothing attested; its calls
    are recorded."""
    command, image = arguments[0], arguments[-1]
    verifies = {"--certificate-identity", "--certificate-oidc-issuer"} < set(arguments)
    known = command in ("sign", "attest") or (command.startswith("verify") and verifies)
    if not known or not SIGNED.fullmatch(image):
        return _refused(f"cosign {' '.join(arguments)}: is no call with NAME@sha256:... of ghcr.io")
    if command == "verify-attestation":
        return _refused(f"no attestation found of {image}")
    if command == "attest":
        json.loads(Path(arguments[arguments.index("--predicate") + 1]).read_text())
    note(Path(os.environ[JOURNAL]), f"cosign {command} {image}")
    return 0


def gh(arguments: Sequence[str]) -> int:
    """`workflow run` alone: recorded, not started."""
    if list(arguments[:2]) != ["workflow", "run"] or not os.environ.get("GH_TOKEN"):
        return _refused(f"gh {' '.join(arguments)}: only workflow run, with GH_TOKEN, stands in")
    note(Path(os.environ[JOURNAL]), f"gh {' '.join(arguments)}")
    return 0


def go(arguments: Sequence[str]) -> int:
    """Installs nothing; a linter that is on PATH already is used as it is."""
    if arguments[:1] == ["install"]:
        name = arguments[1].partition("@")[0].rpartition("/")[2]
        found = shutil.which(name, path=os.environ[REAL_PATH])
        print(f"{name} is {found or 'not on this machine'}")
        return 0
    if list(arguments) == ["env", "GOPATH"]:
        print(Path.home() / "go")
        return 0
    return _refused(f"go {' '.join(arguments)}: only install and env GOPATH stand in")


def pulumi(arguments: Sequence[str]) -> int:
    """The real CLI; its calls are recorded. Where it is missing the job is skipped."""
    note(Path(os.environ[JOURNAL]), f"pulumi {' '.join(arguments)}")
    if shutil.which("pulumi", path=os.environ[REAL_PATH]) is None:
        Path(os.environ[MISSING]).write_text("the Pulumi CLI is not on PATH")
    return _real("pulumi", arguments)


PROGRAMS: Mapping[str, Program] = {
    "sudo": Program("apt-get: the packages exist, none is installed", sudo, on_runner=True),
    "docker": Program(
        "buildx bake: Dockerfiles, contexts and tags are checked, digests are those of the "
        "sources; all else runs the real docker",
        docker,
        on_runner=True,
    ),
    "gh": Program("workflow run: recorded, not started", gh, on_runner=True),
    "go": Program("install: says whether the program is on PATH", go, on_runner=True),
    "pulumi": Program("the real CLI; each call is recorded", pulumi),
    "cosign": Program("an image by digest, who signed it, JSON that is attested", cosign),
}


def install(folder: Path) -> Path:
    """Writes each stand-in into its own folder, to be put on PATH; returns their parent folder."""
    for name in PROGRAMS:
        own = folder / name
        own.mkdir(parents=True)
        launcher = own / name
        launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{__file__}" {name} "$@"\n')
        launcher.chmod(0o755)
    return folder


def note(journal: Path, line: str) -> None:
    with journal.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def _real(name: str, arguments: Sequence[str]) -> int:
    """Becomes the real program, which so gets the signals of the step."""
    real = shutil.which(name, path=os.environ[REAL_PATH])
    if real is None:
        return _refused(f"{name} is not on PATH")
    # Programs in its folder, such as Pulumi's language hosts, are found as well.
    path = f"{os.environ['PATH']}{os.pathsep}{Path(real).parent}"
    return os.execve(real, [real, *arguments], {**os.environ, "PATH": path})


def _refused(text: str) -> int:
    print(text, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(PROGRAMS[sys.argv[1]].run(sys.argv[2:]))
