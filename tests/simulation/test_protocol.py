"""The constants of Pulumi's protocol are those of the SDK."""

from __future__ import annotations

from typing import Any, cast

from pulumi.runtime import rpc

from simulation import protocol

SDK = cast(Any, rpc)


def test_the_constants_are_the_sdks() -> None:
    assert protocol.UNKNOWN == rpc.UNKNOWN
    assert SDK._special_sig_key == protocol.SIGNATURE
    assert SDK._special_secret_sig == protocol.SECRET
    assert SDK._special_resource_sig == protocol.RESOURCE
    assert SDK._special_output_value_sig == protocol.OUTPUT
