"""The guide for cloners shows the app that the tests run."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from workspaces.tests.notes.models import Note

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


def ruff(*arguments: str, cwd: Path) -> None:
    command = [sys.executable, "-m", "ruff", *arguments, "."]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_guide_shows_the_files_that_run_in_our_style(tmp_path: Path) -> None:
    """Word for word, but that imports are sorted for `notes` as an app of its own."""
    blocks = dict(BLOCK.findall(GUIDE.read_text()))
    assert sorted(blocks) == sorted(FILES)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    # In the checkout it is known as ours by being there.
    (tmp_path / "conftest.py").touch()
    for name in FILES:
        code = (ROOT / "workspaces" / "tests" / name).read_text()
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(code.replace("workspaces.tests.notes", "notes"))
    ruff("check", "--fix", "--no-cache", cwd=tmp_path)
    ruff("format", "--no-cache", cwd=tmp_path)

    assert {name: (tmp_path / name).read_text() for name in FILES} == blocks


def test_app_of_the_guide_leaves_its_names_free() -> None:
    """So that an app `notes` with the same models fits beside it."""
    assert Note._meta.app_label == "guide_notes"
    related = Note._meta.get_field("workspace").remote_field
    assert related.get_accessor_name() == "guide_notes_note_set"
