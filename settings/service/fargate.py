"""Task sizes that Fargate accepts (Amazon ECS Developer Guide, "Task definition parameters for
Fargate: Task size")."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from settings.problems import Problem

GIB = 1024
CpuUnits = Literal[256, 512, 1024, 2048, 4096, 8192, 16384]

MEMORY_MIB_BY_CPU: dict[int, tuple[int, ...]] = {
    256: (512, GIB, 2 * GIB),
    512: tuple(range(GIB, 4 * GIB + 1, GIB)),
    1024: tuple(range(2 * GIB, 8 * GIB + 1, GIB)),
    2048: tuple(range(4 * GIB, 16 * GIB + 1, GIB)),
    4096: tuple(range(8 * GIB, 30 * GIB + 1, GIB)),
    8192: tuple(range(16 * GIB, 60 * GIB + 1, 4 * GIB)),
    16384: tuple(range(32 * GIB, 120 * GIB + 1, 8 * GIB)),
}


def memory_range(cpu_units: int) -> str:
    """The memory sizes beside `cpu_units`, in words: "1024 to 4096 MiB in steps of 1024"."""
    sizes = MEMORY_MIB_BY_CPU[cpu_units]
    if len(sizes) <= 3:
        return ", ".join(str(size) for size in sizes) + " MiB"
    return f"{sizes[0]} to {sizes[-1]} MiB in steps of {sizes[1] - sizes[0]}"


def size_problems(cpu_units: int, memory_mib: int) -> Iterator[Problem]:
    """Of a section with the keys cpu and memory."""
    if memory_mib not in MEMORY_MIB_BY_CPU[cpu_units]:
        allowed = memory_range(cpu_units)
        text = f"{memory_mib} MiB does not go with cpu {cpu_units}. Allowed: {allowed}."
        yield Problem("memory", text)
