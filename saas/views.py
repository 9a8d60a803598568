"""Answers that belong to no app: the home page, the documentation, and what went wrong."""

from functools import cache
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.exceptions import SessionInterrupted
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer

from saas.errors import Conflict
from saas.refusals import BARE, refusal

INTERRUPTED = "You have signed out meanwhile, or sent this twice. Start again."


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "saas/home.html", {"has_mailbox": settings.MAIL_IN_MAILBOX})


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    return render(request, "saas/docs.html")


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    return HttpResponse(openapi_document(), content_type="application/json")


@cache
def openapi_document() -> bytes:
    """The description of all routes: written once a process, for it takes a second."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    return OpenApiJsonRenderer().render(schema)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, SessionInterrupted):
        # Who it was is signed out, and to ask the session again would end here again.
        request.user = AnonymousUser()
        return refusal(request, HTTPStatus.CONFLICT, Conflict.code, INTERRUPTED)
    return _bare(request, HTTPStatus.BAD_REQUEST)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _bare(request, HTTPStatus.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _bare(request, HTTPStatus.NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    return _bare(request, HTTPStatus.INTERNAL_SERVER_ERROR)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    detail = "This form was open too long or came from another site. Go back and send it again."
    return refusal(request, HTTPStatus.FORBIDDEN, "csrf_failed", detail)


def _bare(request: HttpRequest, status: HTTPStatus) -> HttpResponse:
    return refusal(request, status, *BARE[status])
