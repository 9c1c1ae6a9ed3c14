"""The platform of one stack, from its config."""

import atexit
import gc

import pulumi

from components.platform import Platform
from settings import load

# The SDK's classes stay for good: looking for garbage among them takes a third of a preview.
gc.set_threshold(50_000)
atexit.register(gc.freeze)

platform = Platform("platform", load.load())

for name, value in platform.outputs.items():
    pulumi.export(name, value)
