"""What `manage.py check --deploy` refuses, besides Django's own: security case 103.

An app adds its own rules in its `checks.py`, so that they go with it.
"""

from collections.abc import Callable, Iterable

from django.conf import settings
from django.core.checks import Error, Tags, register

PRIVATE_CACHES = ("locmem.LocMemCache", "dummy.DummyCache")
SILENT_MAIL = ("console", "locmem", "dummy", "filebased", "mailbox")

Problems = Iterable[str]
RULES: dict[str, Callable[[], Problems]] = {}


def rule(id: str) -> Callable[[Callable[[], Problems]], Callable[[], Problems]]:
    """`@rule("billing.E001")` on a function that yields what is wrong, in words."""

    def keep(function: Callable[[], Problems]) -> Callable[[], Problems]:
        RULES[id] = function
        return function

    return keep


@register(Tags.security, deploy=True)
def check_deployment(app_configs: object, **kwargs: object) -> list[Error]:
    return [
        Error(problem, id=id)
        for id, function in RULES.items()
        for problem in function()
    ]


@rule("saas.E001")
def cache_is_shared() -> Problems:
    if settings.CACHES["default"]["BACKEND"].endswith(PRIVATE_CACHES):
        yield "The cache must be shared: limits counted in one process are no limits."


@rule("saas.E002")
def hosts_are_named() -> Problems:
    if "*" in settings.ALLOWED_HOSTS:
        yield "ALLOWED_HOSTS must not hold *: links in mails would lead anywhere."


@rule("saas.E003")
def mail_is_delivered() -> Problems:
    if any(name in settings.EMAIL_BACKEND for name in SILENT_MAIL):
        yield f"EMAIL_BACKEND {settings.EMAIL_BACKEND} delivers to nobody."


@rule("saas.E004")
def origins_are_named() -> Problems:
    if getattr(settings, "CORS_ALLOW_ALL_ORIGINS", False):
        yield "CORS_ALLOW_ALL_ORIGINS lets every site read what your users can."
