"""The production image, made by hand: the files that the Dockerfile copies, and its commands."""

import re
import shutil
from pathlib import Path

from tests.production import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()


def instructions(name: str) -> list[str]:
    """The arguments of each `NAME ...` of the Dockerfile, continued lines joined."""
    joined = DOCKERFILE.replace("\\\n", " ")
    return re.findall(rf"^{name} (.*)$", joined, re.M)


def copied() -> list[str]:
    """What the last stage takes from the checkout, relative to it."""
    last_stage = DOCKERFILE.rsplit("\nFROM ", 1)[1]
    lines = re.findall(r"^COPY (?!--from)(.*) \S+$", last_stage, re.M)
    return [name for line in lines for name in line.split()]


def build(target: Path) -> Path:
    """Copy into `target` what the image holds of the checkout."""
    target.mkdir()
    ignored = shutil.ignore_patterns("tests", "__pycache__", "settings_test.py")
    for name in copied():
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, target / name)
    return target
