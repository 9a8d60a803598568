"""`manage.py demo` seeds what the apps offer, in development only."""

from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command

calls: list[str] = []


def first(out: Callable[[str], None]) -> None:
    out("one user")
    calls.append("first")


def second(out: Callable[[str], None]) -> None:
    calls.append("second")


def test_seeders_run_in_order(settings, capsys):
    settings.DEBUG = True
    settings.DEMO_SEEDERS = [f"{__name__}.first", f"{__name__}.second"]
    calls.clear()

    call_command("demo")

    assert calls == ["first", "second"]
    assert capsys.readouterr().out == "one user\n"


def test_there_is_no_demo_in_production(settings):
    settings.DEBUG = False
    settings.DEMO_SEEDERS = [f"{__name__}.first"]
    calls.clear()

    with pytest.raises(CommandError, match="development"):
        call_command("demo")

    assert calls == []
