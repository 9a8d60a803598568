"""The guide for cloners shows the app that the tests run."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
GUIDE = ROOT / "docs" / "guides" / "workspace_scoped_resource.md"
BLOCK = re.compile(r"```python\n# (notes/\S+)\n(.*?)```", re.DOTALL)
FILES = [
    "notes/models.py",
    "notes/api/serializers.py",
    "notes/api/views.py",
    "notes/api/urls.py",
    "notes/tests/test_notes.py",
]


@pytest.mark.parametrize("name", FILES)
def test_guide_shows_the_file_that_runs(name: str) -> None:
    blocks = dict(BLOCK.findall(GUIDE.read_text()))
    assert sorted(blocks) == sorted(FILES)
    code = (ROOT / "workspaces" / "tests" / name).read_text()

    assert blocks[name] == code.replace("workspaces.tests.notes", "notes")
