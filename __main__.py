"""The platform of one stack, from its config."""

import atexit
import gc

import pulumi

from components import settings
from components.platform import Platform

# The SDK's classes stay for good: looking for garbage among them takes a third of a preview.
gc.set_threshold(50_000)
atexit.register(gc.freeze)

platform = Platform("platform", settings.load())

for name, value in platform.outputs.items():
    pulumi.export(name, value)
