"""What every template knows."""

from django.conf import settings
from django.http import HttpRequest


def product(request: HttpRequest) -> dict[str, str | bool]:
    return {
        "product_name": settings.PRODUCT_NAME,
        "signup_is_open": settings.SIGNUP_OPEN,
        "is_development": settings.DEBUG,
    }
