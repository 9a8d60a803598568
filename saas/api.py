"""How the API answers errors everywhere: the one place that knows errors and statuses."""

from http import HTTPStatus
from typing import Any

from django.http import JsonResponse
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler
from rest_framework.exceptions import APIException

from saas import errors

STATUS_BY_ERROR = {
    errors.Invalid: HTTPStatus.BAD_REQUEST,
    errors.NotAuthenticated: HTTPStatus.UNAUTHORIZED,
    errors.PlanRequired: HTTPStatus.PAYMENT_REQUIRED,
    errors.NotAllowed: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.RateLimited: HTTPStatus.TOO_MANY_REQUESTS,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.DomainError: HTTPStatus.CONFLICT,  # last: it matches every other error
}


def status_of(error: errors.DomainError) -> HTTPStatus:
    return next(s for kind, s in STATUS_BY_ERROR.items() if isinstance(error, kind))


class DomainErrorAnswer(APIException):
    """A DomainError on its way out."""

    def __init__(self, error: errors.DomainError) -> None:
        super().__init__(detail=error.message, code=error.code)
        self.status_code = status_of(error)
        self.attr = getattr(error, "attr", None)
        self.data = error.data
        self.wait = getattr(error, "retry_after", None)


class EnvelopeHandler(ExceptionHandler):
    def convert_known_exceptions(self, exc: Exception) -> Exception:
        if isinstance(exc, errors.DomainError):
            return DomainErrorAnswer(exc)
        return super().convert_known_exceptions(exc)


class EnvelopeFormatter(ExceptionFormatter):
    """`{"type", "errors": [{"code", "detail", "attr"}]}`, plus the data of a DomainError."""

    def run(self) -> dict[str, Any]:
        body = super().run()
        if isinstance(self.exc, DomainErrorAnswer):
            body["errors"][0]["attr"] = self.exc.attr
            body.update(self.exc.data)
        return body


def error_response(
    status: HTTPStatus, code: str, detail: str, headers: dict[str, str] | None = None
) -> JsonResponse:
    """The envelope for places that no viewset reaches: middleware, unknown URLs, crashes."""
    kind = (
        "server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "client_error"
    )
    body = {"type": kind, "errors": [{"code": code, "detail": detail, "attr": None}]}
    return JsonResponse(body, status=status, headers=headers)
