"""Seeds the demo and says how to sign in: `python -m dev.demo`, a step of `make run`."""

import json
import logging
import os
from io import StringIO

import django
from django.conf import settings
from django.core.management import call_command

from dev.environment import prepare


def logins() -> str:
    """Who may sign in, with their passwords, and a first request to try."""
    from accounts.demo import PEOPLE

    lines = ["Sign in as"]
    for email, password, fields in PEOPLE:
        role = "staff, for the admin" if fields.get("is_staff") else "customer"
        lines.append(f"  {email:<20}{password:<20}{role}")
    email, password, _ = PEOPLE[0]
    body = json.dumps({"email": email, "password": password})
    url = f"{settings.BASE_URL}/auth/login"
    curl = f"curl -s {url} -H 'Content-Type: application/json' -d '{body}'"
    return "\n".join([*lines, "", "Or ask the API for a token", f"  {curl}"])


def main() -> None:
    prepare()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saas.settings")
    django.setup()
    # What it has made is no news after the first start, so only a failure is shown; the
    # lines of its audit log would stand in the middle of the welcome.
    logging.disable(logging.INFO)
    call_command("demo", stdout=StringIO())
    print(logins())


if __name__ == "__main__":
    main()
