"""Measures previews: `make bench`. Compare the ratios, not the seconds.

1. A preview of staging in process, as a fresh process, after set-up.
2. The real engine's preview of staging against a flat program (flat.py): the same resources of the
   same classes, with the same references between them, without components. Alternating runs; the
   median of the pairs' ratios. Needs the Pulumi CLI.
3. Processor time for each further service, from 3 to 300 services, in process.
"""

from __future__ import annotations

import copy
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from settings import stack_config, stack_file
from settings.project import PROGRAM, ROOT
from settings.stack_config import StackConfig
from simulation import engine, process

RUNS = 5
COUNTS = (3, 30, 100, 300)


def main() -> int:
    print("1. Preview of staging in process, fresh process each")
    whole = [_timed(_fresh_preview) for _ in range(RUNS)]
    print(f"   median {statistics.median(whole):.2f} s, all {_shown(whole)}")
    _against_flat()
    _by_services()
    return 0


def _timed(run: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    start = clock()
    run()
    return clock() - start


def _shown(seconds: list[float]) -> str:
    return " ".join(f"{value:.2f}" for value in seconds)


def _fresh_preview() -> None:
    command = [sys.executable, "-m", "commands.preview", "--engine", "process", "--json"]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def _against_flat() -> None:
    print("2. Preview of staging by the real engine against a flat program")
    cli = engine.find_pulumi()
    if cli.path is None:
        print(f"   not measured: {cli.reason}")
        return
    path = cli.path
    with tempfile.TemporaryDirectory() as folder:
        components, flat = Path(folder) / "components", Path(folder) / "flat"
        _write_components(components)
        count = _write_flat(flat)
        ratios: list[float] = []
        for turn in range(RUNS + 1):
            ours = _timed(lambda: engine.preview("staging", components, path))
            theirs = _timed(lambda: engine.preview("staging", flat, path))
            if turn:  # the first of each prepares its local state
                ratios.append(ours / theirs)
                print(f"   {ours:.2f} s against {theirs:.2f} s")
        print(f"   {count} resources; median ratio {statistics.median(ratios):.2f}")


def _write_components(folder: Path) -> None:
    folder.mkdir()
    for name in (*PROGRAM, "Pulumi.staging.yaml"):
        (folder / name).symlink_to(ROOT / name)
    _write_project(folder)


def _write_project(folder: Path) -> None:
    project = stack_file.load(ROOT / "Pulumi.yaml")
    project["runtime"]["options"]["virtualenv"] = str(ROOT / ".venv")
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(project))


def _write_flat(folder: Path) -> int:
    folder.mkdir()
    plan = process.preview("staging", ROOT)
    resources = [
        (resource.type, resource.name, dict(resource.inputs))
        for resource in plan.resources
        if resource.custom and not resource.type.startswith("pulumi:")
    ]
    (folder / "resources.json").write_text(json.dumps(resources))
    (folder / "__main__.py").symlink_to(Path(__file__).parent / "flat.py")
    (folder / "Pulumi.staging.yaml").write_text("config: {aws:region: eu-west-1}\n")
    _write_project(folder)
    return len(resources)


def _by_services() -> None:
    print("3. Processor time in process by number of services")
    base = stack_config.read("staging", ROOT)
    process.preview_config(base, "staging", ROOT)  # imports
    fewer, before = 0, 0.0
    for count in COUNTS:
        config = _with_services(base, count)
        seconds = _timed(lambda: process.preview_config(config, "staging", ROOT), time.process_time)  # noqa: B023
        further = f"{1000 * (seconds - before) / (count - fewer):.0f} ms for each further one"
        print(f"   {count:4} services: {seconds:6.2f} s" + (f", {further}" if fewer else ""))
        fewer, before = count, seconds


def _with_services(base: StackConfig, count: int) -> StackConfig:
    values: dict[str, Any] = copy.deepcopy(dict(base.values))
    services = values["plataforma:services"]
    for number in range(count - len(services)):
        services[f"service-{number}"] = copy.deepcopy(services["worker"])
    return StackConfig(values, base.secret_keys)


if __name__ == "__main__":
    sys.exit(main())
