"""Second factors: an app with codes, passkeys, recovery codes."""

from accounts.mfa.factors import (
    FACTORS,
    check_may_add,
    described,
    factors_of,
    has_factor,
    notify_of_shown_codes,
    passkey_of,
    public_id,
    remove_all_factors,
)

__all__ = [
    "FACTORS",
    "check_may_add",
    "described",
    "factors_of",
    "has_factor",
    "notify_of_shown_codes",
    "passkey_of",
    "public_id",
    "remove_all_factors",
]
