"""The simulation with one of its provider plugins left out: the engine takes the one on PATH."""

from __future__ import annotations

from pathlib import Path

import grpc
import pytest

from simulation import provider
from simulation.inventory import Inventory


def serve_all_but(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    serve = provider.serve

    def others(inventory: Inventory, root: Path) -> tuple[list[grpc.Server], str]:
        servers, ports = serve(inventory, root)
        kept = [port for port in ports.split(",") if not port.startswith(f"{package}:")]
        return servers, ",".join(kept)

    monkeypatch.setattr(provider, "serve", others)
