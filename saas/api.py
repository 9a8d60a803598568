"""How the API answers errors everywhere: the one place that knows errors and statuses."""

import logging
from http import HTTPStatus
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.db import IntegrityError, OperationalError
from django.http import JsonResponse
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler
from psycopg.errors import ForeignKeyViolation, UniqueViolation
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from rest_framework.exceptions import APIException
from rest_framework.status import is_server_error

from saas import errors, logs

logger = logging.getLogger(__name__)

# One sentence for every crash: it never says what broke.
SERVER_ERROR = "Something went wrong on our side. It has been noted."
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


# The database or the cache did not answer, or gave up on this transaction: try again later.
OUT_OF_REACH = (OperationalError, RedisConnectionError, RedisTimeoutError)


def is_lost_race(exc: Exception) -> bool:
    """A constraint refused what our checks had allowed: the row came, or went, meanwhile."""
    causes = (UniqueViolation, ForeignKeyViolation)
    return isinstance(exc, IntegrityError) and isinstance(exc.__cause__, causes)


def domain_error_of(exc: Exception) -> errors.DomainError | None:
    """What `exc` means for the caller, on a page as in the API; None for a crash of ours."""
    if isinstance(exc, errors.DomainError):
        return exc
    if isinstance(exc, OUT_OF_REACH):
        return errors.Unavailable()
    if isinstance(exc, SuspiciousOperation):
        return errors.Invalid("The request is malformed.")
    if is_lost_race(exc):
        # An error, for somebody to look at: it may as well be a check that is missing.
        logger.error("lost_race", exc_info=exc)
        return errors.Conflict()
    return None


def status_of(error: errors.DomainError) -> HTTPStatus:
    return next(s for kind, s in STATUS_BY_ERROR.items() if isinstance(error, kind))


class DomainErrorAnswer(APIException):
    """A DomainError on its way out."""

    def __init__(self, error: errors.DomainError) -> None:
        super().__init__(detail=error.message, code=error.code)
        self.status_code = status_of(error)
        self.attr = getattr(error, "attr", None)
        self.data = error.data
        if self.status_code == HTTPStatus.UNAUTHORIZED:
            self.auth_header = 'Bearer realm="api"'  # RFC 9110, 15.5.2
        self.wait = getattr(error, "retry_after", None)


class EnvelopeHandler(ExceptionHandler):
    def convert_known_exceptions(self, exc: Exception) -> Exception:
        if error := domain_error_of(exc):
            return DomainErrorAnswer(error)
        return super().convert_known_exceptions(exc)

    def convert_unhandled_exceptions(self, exc: Exception) -> APIException:
        if isinstance(exc, APIException):
            return exc
        return APIException(detail=SERVER_ERROR)


class EnvelopeFormatter(ExceptionFormatter):
    """`{"type", "errors": [{"code", "detail", "attr"}]}`, plus the data of a DomainError.

    With a 5xx comes `request_id`, which finds the lines in the log.
    """

    def run(self) -> dict[str, Any]:
        body = super().run()
        if isinstance(self.exc, DomainErrorAnswer):
            body["errors"][0]["attr"] = self.exc.attr
            body.update(self.exc.data)
        if is_server_error(self.exc.status_code):
            body["request_id"] = logs.request_id()
        return body


def error_response(
    status: HTTPStatus,
    code: str,
    detail: str,
    headers: dict[str, str] | None = None,
    **data: object,
) -> JsonResponse:
    """The envelope for places that no viewset reaches: middleware, unknown URLs, crashes.

    `data` is added to its top level.
    """
    is_ours = is_server_error(status)
    kind = "server_error" if is_ours else "client_error"
    body: dict[str, Any] = {
        "type": kind,
        "errors": [{"code": code, "detail": detail, "attr": None}],
        **data,
    }
    if is_ours:
        body["request_id"] = logs.request_id()
    return JsonResponse(body, status=status, headers=headers)
