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
