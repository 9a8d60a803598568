"""`manage.py create_admin EMAIL`: somebody who can sign in to the admin."""

import getpass
import secrets
import sys
from argparse import ArgumentParser

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts.actions import create_admin
from accounts.errors import AddressTaken
from accounts.mfa.enrolment import is_required_of
from accounts.models import User


class Command(BaseCommand):
    help = (
        "Create a superuser with a verified address. (createsuperuser makes one whose "
        "address is not verified, who cannot sign in.)"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        source = parser.add_mutually_exclusive_group()
        source.add_argument(
            "--password-stdin", action="store_true", help="Read it from standard input."
        )
        source.add_argument(
            "--generate", action="store_true", help="Make one up and print it."
        )

    def handle(self, *args: object, **options: object) -> None:
        password = self._password(options)
        try:
            user = create_admin(str(options["email"]), password)
        except ValidationError as e:
            raise CommandError(" ".join(e.messages)) from e
        except AddressTaken as e:
            raise CommandError(e.message) from e
        self.stdout.write(f"{user.email} can sign in to /admin/ now.")
        if is_required_of(user):
            self.stdout.write("The first sign-in asks to set up a second factor.")
        if options["generate"]:
            self.stdout.write(f"Password: {password}")

    def _password(self, options: dict[str, object]) -> str:
        if options["generate"]:
            return secrets.token_urlsafe(18)
        if options["password_stdin"]:
            password = sys.stdin.readline().rstrip("\n")
        else:
            password = getpass.getpass("Password: ")
            if getpass.getpass("Again: ") != password:
                raise CommandError("The two passwords differ.")
        try:
            validate_password(password, User(email=str(options["email"])))
        except ValidationError as e:
            raise CommandError(" ".join(e.messages)) from e
        return password
