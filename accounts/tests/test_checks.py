"""`check --deploy` finds each fault in how people sign in."""

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher

from saas.checks import RULES, check_deployment

FAULTS = {
    "accounts.E001": [
        ("ALLAUTH_TRUSTED_PROXY_COUNT", 2),
        ("REST_FRAMEWORK", {}),
        ("REST_FRAMEWORK", {"NUM_PROXIES": None}),
    ],
    "accounts.E002": [
        ("AUTHENTICATION_BACKENDS", ["django.contrib.auth.backends.ModelBackend"]),
        (
            "AUTHENTICATION_BACKENDS",
            [
                "allauth.account.auth_backends.AuthenticationBackend",
                "django.contrib.auth.backends.ModelBackend",
            ],
        ),
    ],
    "accounts.E003": [
        ("PASSWORD_HASHERS", ["django.contrib.auth.hashers.MD5PasswordHasher"]),
        ("PASSWORD_HASHERS", [f"{__name__}.WeakHasher"]),
    ],
    "accounts.E004": [("ACCOUNT_EMAIL_VERIFICATION", "optional")],
    "accounts.E005": [
        ("ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT", 601),
        ("ACCOUNT_LOGIN_BY_CODE_TIMEOUT", 3600),
    ],
    "accounts.E006": [
        ("MFA_TOTP_INSECURE_BYPASS_CODE", "123456"),
        ("MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN", True),
    ],
    "accounts.E008": [("PASSKEY_DOMAIN", "example.org"), ("PASSKEY_DOMAIN", "")],
    "accounts.E007": [("JWT_SIGNING_KEYS", []), ("SECRET_KEY", "k" * 32)],
}


class WeakHasher(Argon2PasswordHasher):
    time_cost = 2
    memory_cost = 8 * 1024


@pytest.fixture(autouse=True)
def production(settings) -> None:
    """What the settings of the tests change for speed, put back."""
    settings.PASSWORD_HASHERS = ["accounts.passwords.hashers.Argon2idHasher"]
    settings.JWT_SIGNING_KEYS = [b"k" * 32]


@pytest.mark.parametrize(
    ("id", "name", "value"),
    [(id, *fault) for id, faults in FAULTS.items() for fault in faults],
)
def test_sc_103_each_rule_finds_its_fault(settings, id, name, value):
    setattr(settings, name, value)

    found = [error.id for error in check_deployment(None)]
    assert [e for e in found if e.startswith("accounts.")] == [id]


def test_sc_103_every_rule_has_a_fault():
    assert set(FAULTS) == {id for id in RULES if id.startswith("accounts.")}
