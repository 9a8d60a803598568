"""`manage.py check --deploy` is clean as shipped, and each of our checks finds its fault."""

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher

from saas.checks import RULES, check_deployment
from tests.production import environment, run

DEPLOY = ("manage.py", "check", "--deploy", "--fail-level", "WARNING")

FAULTS = {
    "saas.E001": [
        ("CACHES", {"default": {"BACKEND": f"django.core.cache.backends.{name}"}})
        for name in ("locmem.LocMemCache", "dummy.DummyCache")
    ],
    "saas.E002": [
        ("ALLAUTH_TRUSTED_PROXY_COUNT", 2),
        ("REST_FRAMEWORK", {}),
        ("REST_FRAMEWORK", {"NUM_PROXIES": None}),
    ],
    "saas.E003": [
        ("AUTHENTICATION_BACKENDS", ["django.contrib.auth.backends.ModelBackend"]),
        (
            "AUTHENTICATION_BACKENDS",
            [
                "allauth.account.auth_backends.AuthenticationBackend",
                "django.contrib.auth.backends.ModelBackend",
            ],
        ),
    ],
    "saas.E004": [
        ("PASSWORD_HASHERS", ["django.contrib.auth.hashers.MD5PasswordHasher"]),
        ("PASSWORD_HASHERS", [f"{__name__}.WeakHasher"]),
    ],
    "saas.E005": [("ACCOUNT_EMAIL_VERIFICATION", "optional")],
    "saas.E006": [
        ("ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT", 601),
        ("ACCOUNT_LOGIN_BY_CODE_TIMEOUT", 3600),
    ],
    "saas.E007": [("ALLOWED_HOSTS", ["app.example.com", "*"])],
    "saas.E008": [
        ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend"),
        ("EMAIL_BACKEND", "dev.mailbox.backend.EmailBackend"),
    ],
    "saas.E009": [
        ("MFA_TOTP_INSECURE_BYPASS_CODE", "123456"),
        ("MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN", True),
    ],
    "saas.E010": [("JWT_SIGNING_KEYS", []), ("SECRET_KEY", "k" * 32)],
    "saas.E011": [("CORS_ALLOW_ALL_ORIGINS", True)],
    "saas.E012": [("STRIPE_API_HOST", "http://127.0.0.1:8420")],
}


class WeakHasher(Argon2PasswordHasher):
    time_cost = 2
    memory_cost = 8 * 1024


@pytest.fixture(autouse=True)
def production(settings) -> None:
    """What the settings of the tests change for speed, put back."""
    settings.PASSWORD_HASHERS = ["accounts.hashers.Argon2idHasher"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.JWT_SIGNING_KEYS = [b"k" * 32]
    settings.STRIPE_API_HOST = "https://api.stripe.com"


def test_no_rule_is_broken():
    assert check_deployment(None) == []


@pytest.mark.parametrize(
    ("id", "name", "value"),
    [(id, *fault) for id, faults in FAULTS.items() for fault in faults],
)
def test_sc_103_each_rule_finds_its_fault(settings, id, name, value):
    setattr(settings, name, value)

    assert [error.id for error in check_deployment(None)] == [id]


def test_sc_103_every_rule_has_a_fault():
    assert set(FAULTS) == set(RULES)


def test_sc_103_the_shipped_settings_are_clean():
    done = run(*DEPLOY, env=environment())

    assert "no issues" in done.stdout, done.stderr
    assert done.returncode == 0
