from __future__ import annotations

import pytest

from settings.service import fargate


@pytest.mark.parametrize(
    ("cpu", "words"),
    [
        (256, "512, 1024, 2048 MiB"),
        (512, "1024 to 4096 MiB in steps of 1024"),
        (8192, "16384 to 61440 MiB in steps of 4096"),
        (16384, "32768 to 122880 MiB in steps of 8192"),
    ],
)
def test_fargate_memory_sizes_are_those_of_the_developer_guide(cpu: int, words: str):
    assert fargate.memory_range(cpu) == words
