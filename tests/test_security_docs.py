"""What the pages about security promise is there: each case, each proof, each requirement."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text()
CASES = (ROOT / "docs" / "security_cases.md").read_text()
APPS = ("saas", "accounts", "workspaces", "billing", "flags", "tests")

# Level 1 of ASVS 5.0.0, whole.
OF_LEVEL_1 = """
1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.3.1 1.3.2 1.5.1 2.1.1 2.2.1 2.2.2 2.3.1 3.2.1 3.2.2
3.3.1 3.4.1 3.4.2 3.5.1 3.5.2 3.5.3 4.1.1 4.4.1 5.2.1 5.2.2 5.3.1 5.3.2 6.1.1 6.2.1
6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 6.3.1 6.3.2 6.4.1 6.4.2 7.2.1 7.2.2 7.2.3
7.2.4 7.4.1 7.4.2 8.1.1 8.2.1 8.2.2 8.3.1 9.1.1 9.1.2 9.1.3 9.2.1 10.4.1 10.4.2 10.4.3
10.4.4 10.4.5 11.3.1 11.3.2 11.4.1 12.1.1 12.2.1 12.2.2 13.4.1 14.2.1 14.3.1 15.1.1
15.2.1 15.3.1
"""


def names_of_tests() -> set[str]:
    files = [file for app in APPS for file in (ROOT / app).rglob("test_*.py")]
    return {
        name
        for file in files
        for name in re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE)
    }


TESTS = names_of_tests()
TESTED = {
    int(number)
    for name in TESTS
    if name.startswith("test_sc_")
    for number in re.findall(r"(?<=_)\d{3}(?=_)", name)
}
LISTED = [int(number) for number in re.findall(r"^(\d+)\. ", CASES, re.MULTILINE)]
NOT_BUILT = {
    int(number)
    for line in re.findall(r"^Not built yet: (.+)$", CASES, re.MULTILINE)
    for number in re.findall(r"\d+", line)
}
ROWS = re.findall(r"^\| ([\d.]+) \| (\d) \| .+ \| (.+) \|$", PAGE, re.MULTILINE)


def test_each_case_has_a_test_and_each_number_a_case() -> None:
    assert sorted(LISTED) == list(range(1, len(LISTED) + 1))
    assert sorted(set(LISTED) - TESTED) == sorted(NOT_BUILT)
    assert set(LISTED) >= TESTED


def test_level_1_is_whole() -> None:
    expected = OF_LEVEL_1.split()
    assert len(expected) == 70
    assert [id for id, level, _ in ROWS if level == "1"] == expected


@pytest.mark.parametrize(("id", "proofs"), [(id, proofs) for id, _, proofs in ROWS])
def test_each_proof_is_there(id: str, proofs: str) -> None:
    for proof in proofs.split(", "):
        case = re.fullmatch(r"case (\d+)", proof)
        name = proof.strip("`")
        assert (
            int(case[1]) in TESTED if case else name in TESTS or (ROOT / name).is_file()
        ), f"{id}: there is no {proof}"
