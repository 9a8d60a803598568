"""What people do with their account."""

from typing import Any

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from accounts.errors import AddressTaken
from accounts.models import User

SETTINGS = ["name", "locale", "timezone", "marketing_opt_in"]


def change_settings(user: User, **values: Any) -> None:
    """Set some of `SETTINGS` of `user`, validated before.

    Raises:
        TypeError: one of `values` is no setting.
    """
    if unknown := values.keys() - set(SETTINGS):
        raise TypeError(f"No settings of a user: {', '.join(sorted(unknown))}")
    for name, value in values.items():
        setattr(user, name, value)
    if values:
        user.save(update_fields=list(values))


def create_verified_user(email: str, password: str, **fields: Any) -> User:
    """Somebody who can sign in at once: for commands, never for strangers.

    Raises:
        AddressTaken: there is an account with this address.
        ValidationError: `email` is no address.
    """
    user = User(email=email, **fields)
    user.clean_fields(exclude=["password"])
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
            EmailAddress.objects.create(
                user=user, email=user.email, primary=True, verified=True
            )
    except IntegrityError as e:
        raise AddressTaken from e
    return user


def create_admin(email: str, password: str) -> User:
    """A superuser with a verified address; raises as `create_verified_user`."""
    return create_verified_user(email, password, is_staff=True, is_superuser=True)
