"""Production and development run the same packages, and the ones that were asked for."""

from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent


def read(name: str) -> list[Requirement]:
    lines = (line.split(" #")[0].strip() for line in (ROOT / name).open())
    return [Requirement(line) for line in lines if line and line[0] not in "#-"]


def pins(name: str) -> dict[str, str]:
    """`{package: version}` of a compiled file, where every line is one exact version."""
    found = {}
    for requirement in read(name):
        (specifier,) = requirement.specifier
        assert specifier.operator == "==", requirement
        found[requirement.name] = specifier.version
    return found


def test_development_has_what_production_has():
    assert pins("requirements.txt").items() <= pins("requirements-dev.txt").items()


@pytest.mark.parametrize("kind", ["requirements", "requirements-dev"])
def test_pins_are_what_was_asked_for(kind: str):
    pinned = pins(f"{kind}.txt")
    asked = read(f"{kind}.in")

    assert asked
    for requirement in asked:
        assert requirement.name in pinned
        assert pinned[requirement.name] in requirement.specifier
