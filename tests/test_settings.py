"""Production starts with a complete and strong environment, or not at all, and says why."""

import ast
import os
import runpy
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.production import GOOD, ROOT, environment, known_variables, run

LOAD = ("-c", "import saas.settings")
NEEDED = set(GOOD) - {"TRUSTED_PROXY_COUNT"}

BROKEN = {
    "a short secret": ("SECRET_KEY", "short"),
    "a monotonous secret": ("SECRET_KEY", "a" * 60),
    "the secret of development": ("SECRET_KEY", "development-only-" + "x" * 40),
    "the secret of development, quoted": (
        "SECRET_KEY",
        '"development-only-' + "x" * 40 + '"',
    ),
    "a weak former secret": ("SECRET_KEY_FALLBACKS", GOOD["SECRET_KEY"] + ",short"),
    "plain http": ("BASE_URL", "http://app.example.com"),
    "a base with a path": ("BASE_URL", "https://app.example.com/app"),
    "a base with a query": ("BASE_URL", "https://app.example.com?x=1"),
    "no URL at all": ("BASE_URL", "app.example.com"),
    "any host": ("ALLOWED_HOSTS", "*"),
    "a whole top-level domain": ("ALLOWED_HOSTS", ".com"),
    "any host among others": ("ALLOWED_HOSTS", "app.example.com,*"),
    "the key of development": (
        "JWT_SIGNING_KEYS",
        "ZGV2ZWxvcG1lbnQtb25seS1zaWduaW5nLWtleS0zMmI",
    ),
    "the key of development, spelt otherwise": (
        "JWT_SIGNING_KEYS",
        "ZGV2ZWxvcG1lbnQtb25seS1zaWduaW5nLWtleS0zMmJ=",
    ),
    "a key that is not random": ("JWT_SIGNING_KEYS", "A" * 43),
    "half a key": ("JWT_SIGNING_KEYS", "c2hvcnQ"),
    "no key": ("JWT_SIGNING_KEYS", ""),
    # Of 43 letters of base64url and others: as long as a SECRET_KEY has to be.
    "the key of everything else": (
        "JWT_SIGNING_KEYS",
        ".!?~#%:" + GOOD["JWT_SIGNING_KEYS"],
    ),
    "mail to the console": ("EMAIL_URL", "consolemail:"),
    "mail to the mailbox": ("EMAIL_URL", "mailbox:"),
    "SQLite": ("DATABASE_URL", "sqlite:///db.sqlite3"),
    "no database URL": ("DATABASE_URL", "nonsense"),
    "a stripe key that is none": ("STRIPE_SECRET_KEY", "whatever"),
    "the stripe key of development": (
        "STRIPE_SECRET_KEY",
        "sk_test_offlineofflineofflineoffline",
    ),
    "the webhook secret of development": (
        "STRIPE_WEBHOOK_SECRETS",
        "whsec_development_only",
    ),
    "a webhook secret that is none": ("STRIPE_WEBHOOK_SECRETS", "whatever"),
    "no Redis URL": ("REDIS_URL", "localhost"),
    "a client without a secret": ("GOOGLE_CLIENT", "123.apps.googleusercontent.com"),
    "a client with a space": ("GITHUB_CLIENT", "id: secret"),
    "a provider in clear": ("OIDC_PROVIDERS", "acme=http://id:secret@acme.example"),
    "a provider without a client": ("OIDC_PROVIDERS", "acme=https://acme.example"),
    "a provider that is no URL": ("OIDC_PROVIDERS", "acme=https://[id:secret@x"),
    "a provider without a name": ("OIDC_PROVIDERS", "https://id:secret@acme.example"),
    "a provider with a taken name": (
        "OIDC_PROVIDERS",
        "google=https://id:secret@acme.example",
    ),
    "two providers of one name": (
        "OIDC_PROVIDERS",
        "a=https://id:secret@acme.example,a=https://id:secret@other.example",
    ),
    "a wrong boolean": ("DEBUG", "maybe"),
    "a wrong number": ("TRUSTED_PROXY_COUNT", "one"),
    "a grace of years": ("BILLING_PAST_DUE_GRACE_DAYS", "366"),
    "a number too long to read": ("REFRESH_GRACE_SECONDS", "9" * 5000),
    "a wrong origin": ("CORS_ALLOWED_ORIGINS", "*"),
    "an origin in clear": ("CORS_ALLOWED_ORIGINS", "http://www.example.com"),
    "a live key in clear": ("STRIPE_API_HOST", "http://stripe.example.com"),
    "reset keys in clear": (
        "FRONTEND_URLS",
        "account_reset_password_from_key=http://app.example.com/{key}",
    ),
    "a wrong choice": ("LOG_FORMAT", "xml"),
    "a wrong mapping": ("FRONTEND_URLS", "https://app.example.com"),
}


def test_a_good_environment_starts():
    done = run(*LOAD, env=environment())

    assert (done.returncode, done.stderr) == (0, "")


def test_an_empty_environment_names_every_variable():
    done = run(*LOAD, env=environment(**dict.fromkeys(GOOD, "")))

    assert done.returncode != 0
    named = {line.split()[1] for line in done.stderr.splitlines() if "  - " in line}
    assert named == NEEDED
    assert ".env.example" in done.stderr


@pytest.mark.parametrize("name", BROKEN)
def test_sc_048_a_weak_value_stops_the_start_and_is_named(name, monkeypatch):
    variable, value = BROKEN[name]
    # In this process, for speed; the tests above start real ones.
    monkeypatch.setattr(os, "environ", environment(**{variable: value}))

    with pytest.raises(ImproperlyConfigured) as caught:
        runpy.run_path(str(ROOT / "saas" / "settings.py"))

    named = [line for line in str(caught.value).splitlines() if "  - " in line]
    assert len(named) == 1
    assert named[0].startswith(f"  - {variable} ")
    assert GOOD["SECRET_KEY"] not in str(caught.value)


def test_former_secrets_are_read_from_the_environment(monkeypatch):
    former = ["first-" + GOOD["SECRET_KEY"], "second-" + GOOD["SECRET_KEY"]]
    good = environment(SECRET_KEY_FALLBACKS=", ".join(former))
    monkeypatch.setattr(os, "environ", good)

    settings = runpy.run_path(str(ROOT / "saas" / "settings.py"))

    assert settings["SECRET_KEY_FALLBACKS"] == former


@pytest.mark.parametrize(("told", "days"), [("", 3), ("0", 0), ("14", 14)])
def test_grace_of_a_failed_payment_is_in_days(
    told: str, days: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = environment(BILLING_PAST_DUE_GRACE_DAYS=told)
    monkeypatch.setattr(os, "environ", good)

    settings = runpy.run_path(str(ROOT / "saas" / "settings.py"))

    assert settings["BILLING_PAST_DUE_GRACE"] == timedelta(days=days)


def test_sentry_gets_no_personal_data_and_only_with_a_dsn():
    show = (
        "import django, sentry_sdk; django.setup(); o = sentry_sdk.get_client().options;"
        "print(o.get('dsn'), o.get('send_default_pii'), o.get('include_local_variables'),"
        " o.get('max_request_body_size'))"
    )
    dsn = "https://key@sentry.example.com/1"
    django = {"DJANGO_SETTINGS_MODULE": "saas.settings"}

    without = run("-c", show, env=environment(**django))
    with_dsn = run("-c", show, env=environment(**django, SENTRY_DSN=dsn))

    assert without.stdout.split()[0] == "None"
    assert with_dsn.stdout.split() == [dsn, "False", "False", "never"]


def test_env_example_lists_what_is_read():
    assert sorted(known_variables()) == sorted(variables_read())


def test_env_example_explains_each():
    text = (ROOT / ".env.example").read_text()
    for block in text.split("\n\n"):
        lines = block.splitlines()
        if any(
            "=" in line and line.split("=")[0].lstrip("# ").isupper() for line in lines
        ):
            assert lines[0].startswith("# "), block


def variables_read() -> set[str]:
    """The first arguments of `env.text("NAME")` in the settings, and of gunicorn's config."""
    found = set()
    for file in ("saas/settings.py", "gunicorn.conf.py"):
        for node in ast.walk(ast.parse((ROOT / file).read_text())):
            is_read = isinstance(node, ast.Call) and isinstance(
                node.func, ast.Attribute
            )
            if is_read and ast.unparse(node.func.value) in {"env", "os.environ"}:
                found |= {a.value for a in node.args[:1] if isinstance(a, ast.Constant)}
    return found
