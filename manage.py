#!/usr/bin/env python
"""Django's command line. In a checkout it brings its own database; see `dev/`."""

import os
import sys
from importlib.util import find_spec


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saas.settings")
    if find_spec("django") is None:
        sys.exit(
            "This Python has no Django. In a checkout: .venv/bin/python manage.py ... "
            "(`make run` or `make test` makes .venv)."
        )
    if find_spec("dev") is not None:  # not in the production image
        from dev.environment import prepare

        prepare()
    refuse_incomplete_environment()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


def refuse_incomplete_environment() -> None:
    """Without the traceback, below which nobody looks for the names of variables."""
    from django.conf import settings

    from saas.environment import EnvironmentIncomplete

    try:
        settings.DEBUG  # noqa: B018 - loads them
    except EnvironmentIncomplete as e:
        sys.exit(str(e))


if __name__ == "__main__":
    main()
