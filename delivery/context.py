"""What every command gets beside its arguments."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError

from delivery.aws.clients import Aws, connect, explain, is_transient
from delivery.shared.clock import Clock, SystemClock
from delivery.shared.console import Console
from delivery.shared.errors import DeliveryError, InputError
from settings.problems import SettingsError
from settings.stack_file import StackFileError


@dataclass(frozen=True)
class Context:
    """`connect` makes the AWS clients of a region. Tests pass their own, and a clock that does not
    wait."""

    console: Console = field(default_factory=Console)
    clock: Clock = field(default_factory=SystemClock)
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    connect: Callable[[str], Aws] = connect

    def exit_code(self, label: str, command: Callable[[], int]) -> int:
        """Runs a command, and reports its errors: 1 for a failure, 2 for wrong arguments or files,
        or a missing permission."""
        try:
            return command()
        except DeliveryError as error:
            self.console.error(f"{label}: {error}")
            return 1
        except (InputError, SettingsError, StackFileError) as error:
            self.console.error(f"{label}: {error}")
            return 2
        except (ClientError, BotoCoreError) as error:
            self.console.error(f"{label}: {explain(error)}")
            return 1 if is_transient(error) else 2
        except KeyboardInterrupt:
            self.console.error(f"{label}: interrupted; AWS continues by itself")
            return 1
