"""What `manage.py` assumes when nobody says anything, and what it leaves alone."""

import os
from pathlib import Path

import pytest

from dev import environment, services

NAMES = ("DEBUG", "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "PRODUCT_NAME")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        # Set first, so that what the test writes there is undone as well.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def test_nothing_set_is_development(tmp_path: Path) -> None:
    environment.decide(tmp_path)

    assert environment.is_development()


@pytest.mark.parametrize("name", environment.DECIDING)
def test_one_deciding_variable_is_a_decision(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "0")

    environment.decide(tmp_path)

    assert not environment.is_development()


def test_env_file_is_read_but_real_variables_win(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("DEBUG=on\nPRODUCT_NAME=From the file\n")
    monkeypatch.setenv("PRODUCT_NAME", "Real")

    environment.decide(tmp_path)

    assert environment.is_development()
    assert os.environ["PRODUCT_NAME"] == "Real"


def test_named_servers_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/saas")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere")
    before = dict(services._held)

    environment.provide()

    assert os.environ["DATABASE_URL"] == "postgresql://elsewhere/saas"
    assert services._held == before
