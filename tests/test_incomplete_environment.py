"""Who starts it with half an environment reads a list of names, not a traceback."""

import pytest

from tests.production import GOOD, environment, run

NEEDED = set(GOOD) - {"TRUSTED_PROXY_COUNT"}
EMPTY = {**dict.fromkeys(GOOD, ""), "DJANGO_SETTINGS_MODULE": "saas.settings"}
START = ("-m", "gunicorn", "saas.wsgi", "--bind", "127.0.0.1:0")


def named(text: str) -> set[str]:
    return {line.split()[1] for line in text.splitlines() if line.startswith("  - ")}


@pytest.mark.parametrize(
    "command",
    [("manage.py", "doctor"), ("manage.py", "migrate"), START],
    ids=["doctor", "migrate", "gunicorn"],
)
def test_what_is_missing_is_listed_and_nothing_starts(command: tuple[str, ...]) -> None:
    # In a checkout the development services would fill the gaps; DEBUG=false asks for none.
    empty = environment(**EMPTY, DEBUG="false", WEB_CONCURRENCY="1")
    done = run(*command, env=empty)

    assert done.returncode == 1, done.stderr
    assert named(done.stderr) == NEEDED
    assert "Traceback" not in done.stdout + done.stderr
    assert "EMAIL_URL is not set. Without it nobody gets a code" in done.stderr


def test_what_is_weak_is_listed_without_its_value() -> None:
    done = run("manage.py", "doctor", env=environment(SECRET_KEY="hunter2"))

    assert done.returncode == 1
    assert named(done.stderr) == {"SECRET_KEY"}
    assert "hunter2" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
