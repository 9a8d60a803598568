"""What every request passes. Routes of the API skip the work that only pages need."""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.http import HttpRequest, HttpResponse

from saas.api import error_response

Handler = Callable[[HttpRequest], HttpResponse]


def is_page(request: HttpRequest) -> bool:
    """Pages are for browsers (session, CSRF, HTML errors); everything else is the API."""
    return request.path == "/" or request.path.startswith(settings.PAGE_PREFIXES)


class PagesOnly:
    """Mixed into a middleware, leaves bearer routes free of sessions and messages."""

    get_response: Handler

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_page(request):
            return super().__call__(request)
        return self.get_response(request)


class SessionMiddleware(PagesOnly, sessions.SessionMiddleware):
    pass


class AuthenticationMiddleware(PagesOnly, auth.AuthenticationMiddleware):
    pass


class MessageMiddleware(PagesOnly, messages.MessageMiddleware):
    pass


class BodyLimitMiddleware:
    """Refuse a body over MAX_BODY_BYTES before anything reads it (413)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal():
            return error_response(
                HTTPStatus.BAD_REQUEST,
                "invalid_content_length",
                "Content-Length is no number.",
            )
        if int(length) > settings.MAX_BODY_BYTES:
            return error_response(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                "body_too_large",
                f"A request body may have at most {settings.MAX_BODY_BYTES} bytes.",
            )
        return self.get_response(request)


class RequireHTTPSMiddleware:
    """The API never redirects plain HTTP: a redirect would hide that secrets went unencrypted.

    Pages are redirected by Django's SecurityMiddleware; probes of the load balancer may be plain.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if (
            settings.SECURE_SSL_REDIRECT
            and not request.is_secure()
            and not is_page(request)
            and not request.path.startswith("/health/")
        ):
            return error_response(
                HTTPStatus.FORBIDDEN,
                "https_required",
                "Use https://; this was not encrypted.",
            )
        return self.get_response(request)
