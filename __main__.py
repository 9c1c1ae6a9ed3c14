"""The platform of one stack, from its config."""

import pulumi

from components import settings
from components.platform import Platform

platform = Platform("platform", settings.load())

for name, value in platform.outputs.items():
    pulumi.export(name, value)
