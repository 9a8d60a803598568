#!/usr/bin/env python3
"""Check the form of every RFC and write SUMMARY.md: `python3 generate-summary.py [--check]`.

Standard library only. Exit code 1: an RFC is malformed, or (with --check) SUMMARY.md is stale.
"""

import argparse
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
FIELDS = ["Authors", "Status", "Created"]
SECTIONS = [
    "Summary",
    "Motivation",
    "Detailed Design",
    "Drawbacks",
    "Alternatives",
    "Unresolved Questions",
    "Impact",
]
STATUS = re.compile(r"Draft|Accepted|Implemented|Rejected|Superseded by \d{4}")
TITLE = re.compile(r"# RFC (\d{4}): (.+)")
NAME = re.compile(r"(\d{4})-[a-z0-9]+(-[a-z0-9]+)*\.md")


def problems(path: Path, text: str) -> list[str]:
    """What keeps `text` from being an RFC, in words."""
    found = []
    name = NAME.fullmatch(path.name)
    title = TITLE.match(text)
    if not name:
        found.append("the file is not named NNNN-title.md")
    if not title:
        found.append("the first line is not '# RFC NNNN: Title'")
    if name and title and name[1] != title[1]:
        found.append(f"the title says {title[1]}, the file {name[1]}")
    for field in FIELDS:
        if not re.search(rf"^- \*\*{field}:\*\* \S", text, re.MULTILINE):
            found.append(f"'{field}' is missing")
    status = field_of(text, "Status")
    if status and not STATUS.fullmatch(status):
        found.append(f"unknown status {status!r}")
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", field_of(text, "Created") or "0000-00-00"):
        found.append("'Created' is not YYYY-MM-DD")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    if headings != SECTIONS:
        found.append(f"the sections are not {', '.join(SECTIONS)}")
    bodies = re.split(r"^## .+$", text, flags=re.MULTILINE)[1:]
    for heading, body in zip(headings, bodies, strict=False):
        if not body.strip():
            found.append(f"'{heading}' is empty")
    return found


def field_of(text: str, field: str) -> str:
    match = re.search(rf"^- \*\*{field}:\*\* (.+)$", text, re.MULTILINE)
    return match[1].strip() if match else ""


def summary(folder: Path) -> tuple[str, list[str]]:
    """The text of SUMMARY.md and all problems found on the way."""
    lines = ["# Summary", "", "Written by `generate-summary.py`; do not edit.", ""]
    wrong = []
    for project in sorted(path for path in folder.iterdir() if path.is_dir()):
        lines += [
            f"## {project.name}",
            "",
            "| RFC | Title | Status | Created |",
            "| --- | --- | --- | --- |",
        ]
        seen: dict[str, str] = {}
        for path in sorted(project.glob("*.md")):
            text = path.read_text(encoding="utf-8")
            place = path.relative_to(folder).as_posix()
            wrong += [f"{place}: {problem}" for problem in problems(path, text)]
            match = TITLE.match(text)
            if not match:
                continue
            number, title = match.groups()
            if number in seen:
                wrong.append(f"{place}: {number} is taken by {seen[number]}")
            seen[number] = place
            lines.append(
                f"| {number} | [{title}]({place}) | {field_of(text, 'Status')} |"
                f" {field_of(text, 'Created')} |"
            )
        lines.append("")
    return "\n".join(lines), wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing, only compare"
    )
    parser.add_argument("--folder", type=Path, default=HERE)
    options = parser.parse_args()
    text, wrong = summary(options.folder)
    target = options.folder / "SUMMARY.md"
    if options.check:
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            wrong.append("SUMMARY.md is stale: run python3 generate-summary.py")
    else:
        target.write_text(text, encoding="utf-8")
    for problem in wrong:
        print(problem, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
