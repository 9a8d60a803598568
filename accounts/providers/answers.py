"""What a provider says about somebody: read with care, and little of it kept."""

from typing import Any

from django.core.exceptions import (
    ImproperlyConfigured,
    PermissionDenied,
    ValidationError,
)
from requests import RequestException

from accounts.models import User, normalize_email
from accounts.validators import one_line, validate_address

# What allauth raises for answers that are not what a provider should send.
UNINTELLIGIBLE = (
    RequestException,
    ImproperlyConfigured,  # of an id that is longer than it may be
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
# What of a provider's answer is kept besides its id: what the connection is shown as.
KEPT = ("email", "login", "preferred_username", "name")
NAME_MAX_LENGTH = 150


def check_subject(told: dict[str, Any]) -> None:
    """Somebody is named, and the halves of an answer name the same (OIDC Core 5.3.2).

    Raises:
        PermissionDenied: it is not so; allauth takes null for a name.
    """
    halves = [told[k] for k in ("id_token", "userinfo") if k in told] or [told]
    names = {half.get("sub", half.get("id")) for half in halves}
    if len(names) > 1 or not isinstance(names.pop(), str | int):
        raise PermissionDenied("The answer names nobody, or two people.")


def kept(told: dict[str, Any]) -> dict[str, str]:
    told = told.get("userinfo") or told.get("id_token") or told
    return {k: told[k] for k in KEPT if isinstance(told.get(k), str)}


def best(addresses: list[Any]) -> list[Any]:
    """The one to use, in our spelling: a verified one first, of these the primary one."""
    for address in addresses:
        # A few providers write it as text, and "false" would count as true.
        address.verified = address.verified in (True, "true")
        address.email = normalize_email(address.email)
    found = sorted(addresses, key=lambda a: (a.verified, bool(a.primary)))[-1:]
    for address in found:
        address.primary = True
    return [address for address in found if is_address(address.email)]


def is_address(email: str) -> bool:
    try:
        validate_address(email)
        User._meta.get_field("email").run_validators(email)
    except ValidationError:
        return False
    return True


def clean_name(name: Any) -> str:
    if not isinstance(name, str):
        return ""
    text = name.strip()[:NAME_MAX_LENGTH]
    try:
        one_line(text)
    except ValidationError:
        return ""
    return text
