"""The environment of development: what nobody had to set is set here.

`manage.py` and the entry points of `dev` call `prepare` first. Variables that are there,
in the environment or in `.env`, are never changed.
"""

import os
from pathlib import Path

import environ

from dev import services

TRUE = {"true", "1", "yes", "on"}
# With one of them somebody has decided how to run this, so nothing is assumed.
DECIDING = ("DEBUG", "DATABASE_URL", "SECRET_KEY")


def prepare() -> None:
    """Read `.env`; in development start or join what no variable names.

    Raises:
        dev.errors.ServiceFailed: the embedded database or cache does not start.
    """
    decide()
    if is_development():
        provide()


def decide(folder: Path = services.CHECKOUT) -> None:
    """Read `.env`; where nothing says how to run this, it is development."""
    environ.Env.read_env(folder / ".env")
    if not any(os.environ.get(name) for name in DECIDING):
        os.environ["DEBUG"] = "true"


def provide() -> None:
    """Start or join the embedded services that no variable replaces."""
    missing = [n for n in ("DATABASE_URL", "REDIS_URL") if not os.environ.get(n)]
    if missing:
        running = services.attach()
        urls = {"DATABASE_URL": running.database_url, "REDIS_URL": running.redis_url}
        os.environ.update({name: urls[name] for name in missing})


def is_development() -> bool:
    return os.environ.get("DEBUG", "").strip().lower() in TRUE
