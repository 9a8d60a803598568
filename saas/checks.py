"""What `manage.py check --deploy` refuses, besides Django's own: security case 103."""

from collections.abc import Callable, Iterable

from django.conf import settings
from django.contrib.auth.hashers import get_hasher
from django.core.checks import Error, Tags, register

ALLAUTH_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PRIVATE_CACHES = ("locmem.LocMemCache", "dummy.DummyCache")
SILENT_MAIL = ("console", "locmem", "dummy", "filebased", "mailbox")
LONGEST_CODE_SECONDS = 600
# OWASP ASVS 5.0, appendix C: Argon2id, the least of each pair of memory and passes.
ARGON2_FLOOR_KIB = {1: 46 * 1024, 2: 19 * 1024, 3: 12 * 1024}

Problems = Iterable[str]
RULES: dict[str, Callable[[], Problems]] = {}


def rule(id: str) -> Callable[[Callable[[], Problems]], Callable[[], Problems]]:
    def keep(function: Callable[[], Problems]) -> Callable[[], Problems]:
        RULES[f"saas.{id}"] = function
        return function

    return keep


@register(Tags.security, deploy=True)
def check_deployment(app_configs: object, **kwargs: object) -> list[Error]:
    return [
        Error(problem, id=id)
        for id, function in RULES.items()
        for problem in function()
    ]


@rule("E001")
def cache_is_shared() -> Problems:
    if settings.CACHES["default"]["BACKEND"].endswith(PRIVATE_CACHES):
        yield "The cache must be shared: limits counted in one process are no limits."


@rule("E002")
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


@rule("E003")
def one_way_to_log_in() -> Problems:
    if settings.AUTHENTICATION_BACKENDS != [ALLAUTH_BACKEND]:
        yield "AUTHENTICATION_BACKENDS must be allauth's alone: others skip its limits and MFA."


@rule("E004")
def passwords_are_hashed_slowly() -> Problems:
    hasher = get_hasher()
    if hasher.algorithm != "argon2":
        yield "The first of PASSWORD_HASHERS must be Argon2id."
        return
    floor = ARGON2_FLOOR_KIB[min(hasher.time_cost, max(ARGON2_FLOOR_KIB))]
    if hasher.memory_cost < floor:
        yield f"Argon2 with {hasher.time_cost} passes needs {floor} KiB of memory or more."


@rule("E005")
def addresses_are_verified() -> Problems:
    if settings.ACCOUNT_EMAIL_VERIFICATION != "mandatory":
        yield "ACCOUNT_EMAIL_VERIFICATION must be mandatory: payments are linked by address."


@rule("E006")
def codes_are_short_lived() -> Problems:
    for name in sorted(set(dir(settings))):
        if name.endswith("_CODE_TIMEOUT") and name.startswith("ACCOUNT_"):
            value = getattr(settings, name)
            if value > LONGEST_CODE_SECONDS:
                yield f"{name} is over {LONGEST_CODE_SECONDS} seconds."


@rule("E007")
def hosts_are_named() -> Problems:
    if "*" in settings.ALLOWED_HOSTS:
        yield "ALLOWED_HOSTS must not hold *: links in mails would lead anywhere."


@rule("E008")
def mail_is_delivered() -> Problems:
    if any(name in settings.EMAIL_BACKEND for name in SILENT_MAIL):
        yield f"EMAIL_BACKEND {settings.EMAIL_BACKEND} delivers to nobody."


@rule("E009")
def no_second_factor_is_bypassed() -> Problems:
    for name in ("MFA_TOTP_INSECURE_BYPASS_CODE", "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN"):
        if getattr(settings, name, None):
            yield f"{name} is for tests only."


@rule("E010")
def tokens_have_their_own_key() -> Problems:
    keys = settings.JWT_SIGNING_KEYS
    if not keys or settings.SECRET_KEY.encode() in keys:
        yield "JWT_SIGNING_KEYS must hold a key, and not SECRET_KEY."


@rule("E011")
def origins_are_named() -> Problems:
    if getattr(settings, "CORS_ALLOW_ALL_ORIGINS", False):
        yield "CORS_ALLOW_ALL_ORIGINS lets every site read what your users can."


@rule("E012")
def stripe_is_stripe() -> Problems:
    """dj-stripe's W002, which cannot tell the real host from another one."""
    if settings.STRIPE_API_HOST != "https://api.stripe.com":
        yield "STRIPE_API_HOST must be https://api.stripe.com, or not be set."
