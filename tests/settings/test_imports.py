"""What the settings import, and what they leave to those who import them."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
from types import ModuleType

import pulumi
import pytest

import bootstrap
import components
import settings
from settings.project import ROOT
from settings.section import Section

HEAVY = ("pulumi_aws", "pulumi_awsx", "pulumi_docker", "components", "rendering", "simulation")


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("settings.load", HEAVY),
        ("settings.stack_config", HEAVY),
        ("delivery.__main__", ("pulumi_aws", "pulumi_awsx", "pulumi_docker", "components")),
    ],
)
def test_a_module_is_imported_without_the_providers(module: str, absent: tuple[str, ...]):
    code = f"import sys, {module}; print(*(set(sys.modules) & set({absent!r})))"
    imported = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert imported.stdout.split() == []


def test_no_settings_class_has_the_name_of_a_component():
    for package in (settings, components, bootstrap):
        _import_all(package)
    of_components = {made.__name__ for made in _below(pulumi.ComponentResource)}
    of_settings = {made.__name__ for made in _below(Section) if _is_in(made, settings)}
    assert {"Network", "Service"} <= of_components
    assert {"NetworkSettings", "ServiceSettings"} <= of_settings
    assert not of_components & of_settings


def _import_all(package: ModuleType) -> None:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not found.name.endswith(".__main__"):
            importlib.import_module(found.name)


def _below(base: type) -> set[type]:
    return {base, *(made for below in base.__subclasses__() for made in _below(below))}


def _is_in(made: type, package: ModuleType) -> bool:
    return made.__module__.startswith(f"{package.__name__}.")
