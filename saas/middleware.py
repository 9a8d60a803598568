"""What every request passes. Routes of the API skip the work that only pages need."""

import logging
from collections.abc import Callable
from http import HTTPStatus

from csp import middleware as csp
from django.conf import settings
from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.http import HttpRequest, HttpResponse
from django.middleware import common

from saas import logs
from saas.api import domain_error_of, error_response, status_of
from saas.refusals import (
    BARE,
    asks_for_page,
    is_page,
    is_probe,
    refusal,
    unknown_page,
)

logger = logging.getLogger(__name__)

Handler = Callable[[HttpRequest], HttpResponse]


class Middleware:
    """The form of the ones below: a class with `get_response`."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response


class RequestLogMiddleware(Middleware):
    """The outermost: every answer has an `X-Request-ID`, every request a line in the log."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id, started = logs.begin(request)
        response = self.get_response(request)
        response.headers["X-Request-ID"] = request_id
        logs.finish(request, response, started)
        return response


class NoStoreMiddleware(Middleware):
    """Nothing is kept by a browser or a proxy unless the view says that it may (ASVS 14.3.2)."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class EnvelopeMiddleware(Middleware):
    """A client of the API never has to read HTML: such an error becomes the envelope.

    Django writes it while DEBUG is on (unknown URLs) and for views outside of DRF (405).
    A person who has mistyped an address never has to read the envelope.
    """

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        status = response.status_code
        is_html = response.headers.get("Content-Type", "").startswith("text/html")
        if is_page(request):
            return response
        is_unknown = status == HTTPStatus.NOT_FOUND and request.resolver_match is None
        if is_unknown and asks_for_page(request):
            return unknown_page(request)
        # DRF counts OPTIONS, which DEFAULT_METADATA_CLASS switches off.
        allow = response.headers.get("Allow", "").replace(", OPTIONS", "")
        if status in BARE and is_html:
            response = error_response(HTTPStatus(status), *BARE[status])
        if allow:
            response.headers["Allow"] = allow
        return response

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        """What a viewset would answer, for views that are none: pages above all."""
        error = domain_error_of(exception)
        if error is None:
            return None
        status = status_of(error)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            logger.error(error.code, exc_info=exception)
        response = refusal(request, status, error.code, error.message, **error.data)
        if seconds := getattr(error, "retry_after", None):
            response.headers["Retry-After"] = str(seconds)
        return response


class RequireHTTPSMiddleware(Middleware):
    """The API never redirects plain HTTP: a redirect would hide that secrets went unencrypted.

    Pages are redirected by Django's SecurityMiddleware; probes of the load balancer may be plain.
    """

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if (
            settings.SECURE_SSL_REDIRECT
            and not request.is_secure()
            and not is_page(request)
            and not is_probe(request)
        ):
            return error_response(
                HTTPStatus.FORBIDDEN,
                "https_required",
                "Use https://; this was not encrypted.",
            )
        return self.get_response(request)


class WellFormedMiddleware(Middleware):
    """Refuse what no route accepts, before anything reads it: huge bodies and NUL characters."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._refusal(request) or self.get_response(request)

    def _refusal(self, request: HttpRequest) -> HttpResponse | None:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not (length.isascii() and length.isdecimal()):
            return error_response(
                HTTPStatus.BAD_REQUEST,
                "invalid_content_length",
                "Content-Length is no number.",
            )
        # Enough digits to compare, of any number of them; leading zeros count for nothing.
        if int(length.lstrip("0")[:20] or "0") > settings.MAX_BODY_BYTES:
            return error_response(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                "body_too_large",
                f"A request body may have at most {settings.MAX_BODY_BYTES} bytes.",
            )
        # PostgreSQL cannot store them, so no filter or key could ever match one.
        query = request.META.get("QUERY_STRING", "")
        if "\0" in request.path + query or "%00" in query:
            return error_response(
                HTTPStatus.BAD_REQUEST,
                "null_characters_not_allowed",
                "Null characters are not allowed.",
            )
        return None


class CSPMiddleware(csp.CSPMiddleware):
    """Pages have the policy of the settings; an answer of the API needs nothing at all."""

    API_POLICY = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; object-src 'none'"
    )

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_page(request):
            return super().__call__(request)
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.API_POLICY)
        return response


class CommonMiddleware(common.CommonMiddleware):
    """Django's, which refuses foreign Host headers; probes name no host at all."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        return None if is_probe(request) else super().process_request(request)


class PagesOnly:
    """Mixed into a middleware, leaves bearer routes free of sessions and messages."""

    get_response: Handler

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_page(request):
            return super().__call__(request)
        return self.get_response(request)


class SessionMiddleware(PagesOnly, sessions.SessionMiddleware):
    """Tells the session that a cookie names it (accounts/sessions/store.py)."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.session.is_by_cookie = True


class AuthenticationMiddleware(PagesOnly, auth.AuthenticationMiddleware):
    pass


class MessageMiddleware(PagesOnly, messages.MessageMiddleware):
    pass
