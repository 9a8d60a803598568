"""`manage.py reseal`: second factors under the SECRET_KEY of now, before a former one goes."""

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand
from django.db import transaction

from accounts.sealing import seal, unseal

SEALED = ("secret", "seed")  # of a TOTP, of recovery codes


class Command(BaseCommand):
    help = "Seal second factors with SECRET_KEY, so that SECRET_KEY_FALLBACKS can be emptied."

    def handle(self, *args: object, **options: object) -> None:
        keys = Authenticator.objects.values_list("pk", flat=True)
        done = sum(reseal(key) for key in keys.iterator())
        self.stdout.write(f"{done} second factors are sealed with SECRET_KEY.")


@transaction.atomic
def reseal(key: int) -> bool:
    """Whether there was something to seal in this row.

    Raises:
        BrokenSeal: no known key opens it; rows before it are done.
    """
    # Locked: a recovery code may be used, which writes the same column.
    row = Authenticator.objects.select_for_update().filter(pk=key).first()
    found = {k: v for k, v in row.data.items() if k in SEALED} if row else {}
    if not found:
        return False
    row.data |= {name: seal(unseal(value)) for name, value in found.items()}
    row.save(update_fields=["data"])
    return True
