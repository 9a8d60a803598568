"""`manage.py check --deploy` is clean as shipped, and finds each fault of the ground floor.

Those of the apps are beside them.
"""

import pytest

from saas.checks import RULES, check_deployment
from tests.production import environment, run

DEPLOY = ("manage.py", "check", "--deploy", "--fail-level", "WARNING")

FAULTS = {
    "saas.E001": [
        ("CACHES", {"default": {"BACKEND": f"django.core.cache.backends.{name}"}})
        for name in ("locmem.LocMemCache", "dummy.DummyCache")
    ],
    "saas.E002": [("ALLOWED_HOSTS", ["app.example.com", "*"])],
    "saas.E003": [
        ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend"),
        ("EMAIL_BACKEND", "dev.mailbox.backend.EmailBackend"),
    ],
    "saas.E004": [("CORS_ALLOW_ALL_ORIGINS", True)],
}


@pytest.fixture(autouse=True)
def production(settings) -> None:
    """What the settings of the tests change for speed, put back."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"


@pytest.mark.parametrize(
    ("id", "name", "value"),
    [(id, *fault) for id, faults in FAULTS.items() for fault in faults],
)
def test_sc_103_each_rule_finds_its_fault(settings, id, name, value):
    setattr(settings, name, value)

    found = [error.id for error in check_deployment(None)]
    assert [e for e in found if e.startswith("saas.")] == [id]


def test_sc_103_every_rule_has_a_fault():
    assert set(FAULTS) == {id for id in RULES if id.startswith("saas.")}


def test_sc_103_the_shipped_settings_are_clean():
    done = run(*DEPLOY, env=environment())

    assert "no issues" in done.stdout, done.stderr
    assert done.returncode == 0
