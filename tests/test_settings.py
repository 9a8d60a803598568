"""Production starts with a complete and strong environment, or not at all, and says why."""

import ast

import pytest

from tests.production import GOOD, ROOT, environment, known_variables, run

LOAD = ("-c", "import saas.settings")
NEEDED = set(GOOD) - {"TRUSTED_PROXY_COUNT"}

BROKEN = {
    "a short secret": ("SECRET_KEY", "short"),
    "a monotonous secret": ("SECRET_KEY", "a" * 60),
    "the secret of development": ("SECRET_KEY", "development-only-" + "x" * 40),
    "plain http": ("BASE_URL", "http://app.example.com"),
    "a base with a path": ("BASE_URL", "https://app.example.com/app"),
    "no URL at all": ("BASE_URL", "app.example.com"),
    "any host": ("ALLOWED_HOSTS", "*"),
    "any host among others": ("ALLOWED_HOSTS", "app.example.com,*"),
    "the key of development": (
        "JWT_SIGNING_KEYS",
        "ZGV2ZWxvcG1lbnQtb25seS1zaWduaW5nLWtleS0zMmI",
    ),
    "half a key": ("JWT_SIGNING_KEYS", "c2hvcnQ"),
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
    "a wrong boolean": ("DEBUG", "maybe"),
    "a wrong number": ("TRUSTED_PROXY_COUNT", "one"),
    "a wrong origin": ("CORS_ALLOWED_ORIGINS", "*"),
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
def test_sc_048_a_weak_value_stops_the_start_and_is_named(name):
    variable, value = BROKEN[name]

    done = run(*LOAD, env=environment(**{variable: value}))

    assert done.returncode != 0
    named = [line for line in done.stderr.splitlines() if "  - " in line]
    assert len(named) == 1
    assert named[0].startswith(f"  - {variable} ")
    assert GOOD["SECRET_KEY"] not in done.stderr


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
