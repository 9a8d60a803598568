"""What a browser or a client is told when a request goes no further: a page, or the envelope."""

from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from saas import logs
from saas.api import SERVER_ERROR, error_response

# Code and words of an answer that says no more than its status.
BARE = {
    HTTPStatus.BAD_REQUEST: ("invalid", "The request is malformed."),
    HTTPStatus.FORBIDDEN: ("permission_denied", "You may not do this."),
    HTTPStatus.NOT_FOUND: ("not_found", "Not found."),
    HTTPStatus.METHOD_NOT_ALLOWED: ("method_not_allowed", "Not with this method."),
    HTTPStatus.INTERNAL_SERVER_ERROR: ("error", SERVER_ERROR),
}


def is_page(request: HttpRequest) -> bool:
    """Pages are for browsers (session, CSRF, HTML errors); everything else is the API."""
    return request.path == "/" or request.path.startswith(settings.PAGE_PREFIXES)


def asks_for_page(request: HttpRequest) -> bool:
    """A browser that was led somewhere; clients that take anything (`*/*`) do not say so."""
    return "text/html" in request.headers.get("Accept", "")


def is_probe(request: HttpRequest) -> bool:
    """From a load balancer or the container's health check: plain HTTP, to an address."""
    return request.path.startswith("/health/")


def refusal(
    request: HttpRequest, status: HTTPStatus, code: str, detail: str, **data: object
) -> HttpResponse:
    if not is_page(request):
        return error_response(status, code, detail, **data)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # Complete in itself: what everything else stands on may be what broke.
        context = {"detail": detail, "request_id": logs.request_id()}
        return HttpResponse(render_to_string("saas/500.html", context), status=status)
    return render(request, "saas/error.html", {"detail": detail}, status=status)


def unknown_page(request: HttpRequest) -> HttpResponse:
    """For a browser at an address that is neither a page nor the API's.

    It knows no session, so it greets nobody, and may load what it looks like and no more.
    """
    status = HTTPStatus.NOT_FOUND
    response = render(request, "saas/unknown.html", status=status)
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )
    return response
