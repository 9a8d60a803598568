"""Answers that belong to no app: the home page, health, and what went wrong outside a viewset."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from saas.api import error_response
from saas.middleware import is_page


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "saas/home.html")


def live(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


def _refusal(
    request: HttpRequest, status: HTTPStatus, code: str, detail: str
) -> HttpResponse:
    if is_page(request):
        return render(request, "saas/error.html", {"detail": detail}, status=status)
    return error_response(status, code, detail)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _refusal(
        request, HTTPStatus.BAD_REQUEST, "invalid", "The request is malformed."
    )


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _refusal(
        request, HTTPStatus.FORBIDDEN, "permission_denied", "You may not do this."
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    detail = "This form was open too long or came from another site. Go back and send it again."
    return _refusal(request, HTTPStatus.FORBIDDEN, "csrf_failed", detail)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _refusal(request, HTTPStatus.NOT_FOUND, "not_found", "Not found.")


def server_error(request: HttpRequest) -> HttpResponse:
    detail = "Something went wrong on our side. It has been noted."
    return _refusal(request, HTTPStatus.INTERNAL_SERVER_ERROR, "error", detail)
