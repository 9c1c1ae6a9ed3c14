"""The program of the bootstrap project: the account's resources from its config."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import pulumi

from bootstrap import settings
from bootstrap.account import Account

account = Account("account", settings.load())

for name, value in account.outputs.items():
    pulumi.export(name, value)
