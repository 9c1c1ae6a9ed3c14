from __future__ import annotations

from pathlib import Path

from settings import stack_config


def test_encrypted_values_become_simulated_ones_and_are_never_decrypted(tmp_path: Path):
    (tmp_path / "Pulumi.yaml").write_text("name: sample\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(
        "config:\n  sample:a: 1\n  sample:o: {x: [{secure: v1:abc}], y: 2}\n"
        "  sample:s: {secure: v1:d}\n"
    )
    config = stack_config.read("dev", tmp_path)
    assert config.secret_keys == {"sample:o", "sample:s"}
    assert config.values["sample:o"]["x"][0].startswith("simulated-o-x-0--")
    assert 16 <= len(config.values["sample:s"]) <= 128
    assert set(config.secrets) == {"sample:o.x[0]", "sample:s"}
    assert config.without_secrets["sample:o"] == {"x": [""], "y": 2}
    assert config.as_strings()["sample:a"] == "1"
