"""Turns what allauth.headless said into what our API says."""

from http import HTTPStatus
from typing import Any, NoReturn

from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from accounts import errors
from accounts.api.bridge import Answer, sign_in
from accounts.api.flows import flow_token
from saas.errors import Conflict, DomainError, RateLimited

# What a step of an unfinished login may answer, for `@refuses`.
IN_A_FLOW = (
    errors.SessionExpired,
    errors.FlowNotPending,
    errors.EmailNotVerified,
    errors.MfaRequired,
    errors.LoginCodeRequired,
    errors.AccountDisabled,
    Conflict,
    RateLimited,
)


def finish_login(
    request: Request, answer: Answer, *, otherwise: type[DomainError]
) -> dict[str, Any]:
    """`{"access", "refresh", "user"}` if the login is complete.

    Raises:
        EmailNotVerified, MfaRequired, LoginCodeRequired: a stage is open; they carry `flow`.
        InvalidCredentials, AccountDisabled: wrong address or password; right, but closed.
        otherwise: allauth refuses without a stage that a route of ours goes on with.
        DomainError, ValidationError: as `refuse` says.
    """
    if answer.user is not None:
        if not answer.user.is_active:  # closed between the password and this step
            raise errors.AccountDisabled
        return sign_in(request, answer.user, answer.session_key)[1]
    if answer.status == HTTPStatus.UNAUTHORIZED:
        _refuse_unfinished(answer, otherwise)
    if "email_password_mismatch" in answer.codes:
        raise errors.InvalidCredentials
    refuse(answer, {"key": "code"})


def _refuse_unfinished(answer: Answer, otherwise: type[DomainError]) -> NoReturn:
    stage = answer.pending
    if stage is None:
        raise otherwise
    flow = flow_token(answer.session_key)
    if stage["id"] == "verify_email":
        raise errors.EmailNotVerified(flow=flow)
    if stage["id"] == "mfa_authenticate":
        raise errors.MfaRequired(flow=flow, types=stage.get("types", []))
    if stage["id"] == "login_by_code":  # settings.ACCOUNT_LOGIN_BY_CODE_REQUIRED
        raise errors.LoginCodeRequired(flow=flow)
    raise otherwise


def refuse(answer: Answer, fields: dict[str, str] | None = None) -> NoReturn:
    """Raise the error that `answer` is; `fields` renames allauth's fields to ours."""
    match answer.status:
        case HTTPStatus.BAD_REQUEST:
            raise ValidationError(_by_field(answer.errors, fields or {}))
        case HTTPStatus.UNAUTHORIZED if answer.is_authenticated:
            raise errors.ReauthenticationRequired
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.GONE:
            raise errors.SessionExpired
        case HTTPStatus.CONFLICT:
            raise errors.FlowNotPending
    raise RuntimeError(f"allauth answered {answer.status}, which has no meaning here.")


def _by_field(
    found: list[dict[str, str]], fields: dict[str, str]
) -> dict[str, list[ErrorDetail]]:
    by_field: dict[str, list[ErrorDetail]] = {}
    for error in found:
        name = error.get("param", "non_field_errors")
        detail = ErrorDetail(error["message"], code=error["code"])
        by_field.setdefault(fields.get(name, name), []).append(detail)
    return by_field
