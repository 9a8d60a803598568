"""The design record has its form, and its summary is current."""

import subprocess
import sys
from pathlib import Path

import pytest

RFCS = Path(__file__).resolve().parent.parent / "docs" / "rfcs"

GOOD = """# RFC 0007: A thing

- **Authors:** us
- **Status:** Accepted
- **Created:** 2026-01-31

## Summary

a

## Motivation

b

## Detailed Design

c

## Drawbacks

d

## Alternatives

e

## Unresolved Questions

f

## Impact

g
"""


def generate(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, RFCS / "generate-summary.py", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_rfc_has_its_form_and_the_summary_is_current():
    result = generate("--check")

    assert (result.returncode, result.stderr) == (0, "")


def test_summary_lists_a_good_rfc(tmp_path: Path):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "0007-a-thing.md").write_text(GOOD)

    result = generate("--folder", str(tmp_path))

    assert result.returncode == 0
    row = "| 0007 | [A thing](shop/0007-a-thing.md) | Accepted | 2026-01-31 |"
    assert row in (tmp_path / "SUMMARY.md").read_text()


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("0008-a-thing.md", GOOD, "the title says 0007"),
        ("a-thing.md", GOOD, "not named NNNN-title.md"),
        ("0007-a-thing.md", GOOD.replace("Accepted", "Maybe"), "unknown status"),
        ("0007-a-thing.md", GOOD.replace("## Drawbacks\n\nd\n", ""), "the sections"),
        ("0007-a-thing.md", GOOD.replace("\nd\n", "\n"), "'Drawbacks' is empty"),
        ("0007-a-thing.md", GOOD.replace("2026-01-31", "soon"), "'Created'"),
    ],
)
def test_malformed_rfc_is_refused(tmp_path: Path, name: str, text: str, complaint: str):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / name).write_text(text)

    result = generate("--folder", str(tmp_path))

    assert result.returncode == 1
    assert complaint in result.stderr
