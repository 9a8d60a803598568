"""Writes the rows of each request, and notes where one was refused."""

from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from accounts.audit.rows import client_ip, record_rarely, recording
from saas import logs
from saas.middleware import Middleware


class AuditMiddleware(Middleware):
    """Writes what a request recorded, also when the view raised or took it all back."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with recording(request):
            response = self.get_response(request)
            _note_refusal(request, response)
            return response


def _note_refusal(request: HttpRequest, response: HttpResponse) -> None:
    """The doors that somebody found closed, on every page and route alike.

    A 404 counts where it stands for "not yours": in a workspace.
    """
    match = request.resolver_match
    route = match.view_name if match else ""
    where = {"method": request.method, "route": route}
    workspace = logs.workspace_id(match)
    who = logs.user_id(request)
    status = response.status_code
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        alike = f"{who or client_ip(request)} {route}"
        record_rarely("access.limited", alike=alike, user=_uuid(who), **where)
    elif who and (
        status == HTTPStatus.FORBIDDEN or (status == HTTPStatus.NOT_FOUND and workspace)
    ):
        record_rarely(
            "access.denied",
            alike=f"{who} {route} {status}",
            user=_uuid(who),
            status=status,
            code=_code(response),
            workspace_id=workspace,
            **where,
        )


def _code(response: HttpResponse) -> str:
    """Of the error, where the API answered with one."""
    body = getattr(response, "data", None)
    found = body.get("errors") if isinstance(body, dict) else None
    return str(found[0]["code"]) if found else ""


def _uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None
