"""What people do with their account."""

from typing import Any

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
