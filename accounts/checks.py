"""What `manage.py check --deploy` refuses in how people sign in."""

from django.conf import settings
from django.contrib.auth.hashers import get_hasher
from fido2.rpid import verify_rp_id

from saas.checks import Problems, rule

ALLAUTH_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
LONGEST_CODE_SECONDS = 600
# OWASP ASVS 5.0, appendix C: Argon2id, the least of each pair of memory and passes.
ARGON2_FLOOR_KIB = {1: 46 * 1024, 2: 19 * 1024, 3: 12 * 1024}


@rule("accounts.E001")
def proxies_are_counted_once() -> Problems:
    counts = {
        settings.REST_FRAMEWORK.get("NUM_PROXIES"),
        settings.ALLAUTH_TRUSTED_PROXY_COUNT,
    }
    if len(counts) != 1 or None in counts:
        yield (
            "NUM_PROXIES and ALLAUTH_TRUSTED_PROXY_COUNT differ or are not set: one of "
            "them would believe a forged X-Forwarded-For."
        )


@rule("accounts.E002")
def one_way_to_log_in() -> Problems:
    if settings.AUTHENTICATION_BACKENDS != [ALLAUTH_BACKEND]:
        yield "AUTHENTICATION_BACKENDS must be allauth's alone: others skip its limits and MFA."


@rule("accounts.E003")
def passwords_are_hashed_slowly() -> Problems:
    hasher = get_hasher()
    if hasher.algorithm != "argon2":
        yield "The first of PASSWORD_HASHERS must be Argon2id."
        return
    floor = ARGON2_FLOOR_KIB[min(hasher.time_cost, max(ARGON2_FLOOR_KIB))]
    if hasher.memory_cost < floor:
        yield f"Argon2 with {hasher.time_cost} passes needs {floor} KiB of memory or more."


@rule("accounts.E004")
def addresses_are_verified() -> Problems:
    if settings.ACCOUNT_EMAIL_VERIFICATION != "mandatory":
        yield "ACCOUNT_EMAIL_VERIFICATION must be mandatory: payments are linked by address."


@rule("accounts.E005")
def codes_are_short_lived() -> Problems:
    for name in sorted(set(dir(settings))):
        if name.endswith("_CODE_TIMEOUT") and name.startswith("ACCOUNT_"):
            value = getattr(settings, name)
            if value > LONGEST_CODE_SECONDS:
                yield f"{name} is over {LONGEST_CODE_SECONDS} seconds."


@rule("accounts.E006")
def no_second_factor_is_bypassed() -> Problems:
    for name in ("MFA_TOTP_INSECURE_BYPASS_CODE", "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN"):
        if getattr(settings, name, None):
            yield f"{name} is for tests only."


@rule("accounts.E007")
def tokens_have_their_own_key() -> Problems:
    keys = settings.JWT_SIGNING_KEYS
    if not keys or settings.SECRET_KEY.encode() in keys:
        yield "JWT_SIGNING_KEYS must hold a key, and not SECRET_KEY."


@rule("accounts.E008")
def passkeys_are_for_our_pages() -> Problems:
    if not verify_rp_id(settings.PASSKEY_DOMAIN, settings.PASSKEY_ORIGINS[0]):
        yield "PASSKEY_DOMAIN must be the host of BASE_URL, or a domain above it."
