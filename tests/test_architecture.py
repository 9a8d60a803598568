"""The house stands as STYLE draws it: imports go down, HTTP stays in its rooms."""

from pathlib import Path

import pytest

from tests.architecture import FLOORS, offences

ROOT = Path(__file__).resolve().parent.parent

PLANTED = {
    "an import": ("saas/a.py", "import accounts.models", "accounts"),
    "a from-import": ("accounts/a.py", "from workspaces import models", "workspaces"),
    "an import in a function": (
        "workspaces/a.py",
        "def f():\n    from billing.models import Plan",
        "billing",
    ),
    "an import for types": (
        "billing/a.py",
        "if TYPE_CHECKING:\n    import flags.models",
        "flags",
    ),
    "an import by name": (
        "accounts/a.py",
        "m = importlib.import_module('billing.actions')",
        "billing",
    ),
    "an import in a test": ("accounts/tests/test_a.py", "import flags", "flags"),
    "a foreign key by string": (
        "workspaces/models.py",
        "plan = models.ForeignKey('billing.Plan', on_delete=1)",
        "billing.Plan",
    ),
    "a foreign key by keyword": (
        "accounts/models.py",
        "x = models.ManyToManyField(to='workspaces.Workspace')",
        "workspaces.Workspace",
    ),
    "a model from the registry": (
        "accounts/a.py",
        "apps.get_model('workspaces.Workspace')",
        "workspaces.Workspace",
    ),
    "a migration": (
        "accounts/migrations/0002_a.py",
        "class Migration:\n    dependencies = [('billing', '0001_initial')]",
        "billing",
    ),
    "HTTP in the domain": (
        "billing/actions.py",
        "from rest_framework.exceptions import NotFound",
        "rest_framework",
    ),
    "HTTP in the errors of the ground floor": (
        "saas/errors.py",
        "import rest_framework",
        "rest_framework",
    ),
    "the offline Stripe": (
        "billing/stripe.py",
        "import fakestripe.world",
        "fakestripe",
    ),
    "development": ("accounts/a.py", "from dev.mailbox import backend", "dev"),
}

ALLOWED = {
    "down": ("flags/a.py", "from billing.models import Plan\nimport saas.errors"),
    "sideways": ("billing/a.py", "from . import models\nfrom billing import errors"),
    "HTTP in its room": ("accounts/api/views.py", "import rest_framework"),
    "a foreign key down": (
        "billing/models.py",
        "w = models.ForeignKey('workspaces.Workspace', on_delete=1)",
    ),
    "a dotted path": ("saas/settings.py", "POLICY = 'billing.policies.seats'"),
    "tests that need tools": ("billing/tests/test_a.py", "import fakestripe"),
}


def plant(root: Path, path: str, source: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True)
    file.write_text(source)


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_offence_is_found(tmp_path: Path, name: str):
    path, source, culprit = PLANTED[name]
    plant(tmp_path, path, source)

    (found,) = offences(tmp_path)

    assert found.startswith(f"{path}:")
    assert culprit in found


@pytest.mark.parametrize("name", ALLOWED)
def test_what_is_allowed_is_no_offence(tmp_path: Path, name: str):
    plant(tmp_path, *ALLOWED[name])

    assert offences(tmp_path) == []


def test_the_product_has_no_offence():
    assert offences(ROOT) == []


@pytest.mark.parametrize("app", FLOORS)
def test_every_floor_is_there(app: str):
    assert list((ROOT / app).rglob("*.py"))
