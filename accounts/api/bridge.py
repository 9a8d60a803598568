"""The only module that calls allauth.headless: in process, by its versioned paths.

The same flows as the pages, with their stages, limits and second factors; the headless
URLs themselves are not mounted. A login that allauth completes becomes an AuthSession.
"""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.headless.tokens.strategies.sessions import SessionTokenStrategy
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.http import HttpRequest, HttpResponse
from django.urls import resolve
from django.utils.module_loading import import_string
from rest_framework.request import Request

from accounts.api.headless_views import CORRECTED_VIEWS
from accounts.login.waits import longest_wait
from accounts.models import AuthSession, User
from accounts.sessions import start_session
from accounts.sessions.store import FOR_API
from saas.errors import Conflict, RateLimited


@dataclass
class Exchange:
    """One call: which allauth session it continues, and who it has logged in."""

    session_key: str
    user: User | None = None


@dataclass(frozen=True)
class Answer:
    """What allauth.headless said.

    `errors` are `{"message", "code", "param"?}`. `session_key` is the allauth session as it
    is after the call ("" if there is none). `user` is who has just logged in;
    `is_authenticated` says whether somebody is logged in there at all.
    """

    status: int
    session_key: str
    is_authenticated: bool
    user: User | None = None
    data: Any = None
    errors: list[dict[str, str]] = field(default_factory=list)

    @property
    def pending(self) -> dict[str, Any] | None:
        """The stage that a half-finished login waits at: `{"id", "types"?}`."""
        flows = self.data.get("flows", []) if isinstance(self.data, dict) else []
        return next((flow for flow in flows if flow.get("is_pending")), None)

    @property
    def codes(self) -> set[str]:
        return {error["code"] for error in self.errors}


class TokenStrategy(SessionTokenStrategy):
    """Takes the session from the bridge, never from a header, and reports a login to it."""

    def get_session_token(self, request: HttpRequest) -> str | None:
        return request.allauth.exchange.session_key or None

    def create_session_token(self, request: HttpRequest) -> str:
        if not request.allauth.exchange.session_key:  # it began with this call
            request.session[FOR_API] = True
        return super().create_session_token(request)

    def create_access_token_payload(self, request: HttpRequest) -> None:
        request.allauth.exchange.user = request.user


def call(
    request: Request,
    method: str,
    path: str,
    data: dict[str, Any] | None = None,
    *,
    session_key: str = "",
) -> Answer:
    """Run the headless view at `path` ("auth/login") for `request`.

    `session_key` names the allauth session to continue; without it, a new one begins and
    the browser's cookie is neither read nor written.

    Raises:
        RateLimited: allauth has counted too many; says when to come back.
    """
    http = request._request
    exchange = Exchange(session_key)
    with _disguised(http, method, data or {}, exchange):
        response = _dispatch(http, path)
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        session = _session(session_key)
        wait = longest_wait(http, request.user, session, data or {})
        raise RateLimited(retry_after=wait)
    body = _json_of(response)
    meta = body.get("meta", {})
    return Answer(
        status=response.status_code,
        session_key=meta.get("session_token", session_key),
        is_authenticated=bool(meta.get("is_authenticated")),
        user=exchange.user,
        data=body.get("data"),
        errors=body.get("errors", []),
    )


def sign_in(
    request: Request, user: User, session_key: str
) -> tuple[AuthSession, dict[str, Any]]:
    """A new login of `user` and what to answer: `{"access", "refresh", "user"}`."""
    http = request._request
    session, tokens = start_session(
        user,
        session_key=session_key,
        ip=get_adapter(http).get_client_ip(http),
        user_agent=http.META.get("HTTP_USER_AGENT", ""),
    )
    return session, {**tokens, "user": user}


def _dispatch(http: HttpRequest, path: str) -> HttpResponse:
    view, args, kwargs = CORRECTED_VIEWS.get(path), (), {}
    if view is None:
        view, args, kwargs = resolve(f"/app/v1/{path}", "allauth.headless.urls")
    try:
        return view(http, *args, **kwargs)
    except ImmediateHttpResponse as e:
        return e.response
    except (UpdateError, SessionInterrupted) as e:
        # The session has ended, or its key changed, while this one was at work in it.
        raise Conflict from e


def _json_of(response: HttpResponse) -> dict[str, Any]:
    if response.headers.get("Content-Type", "").startswith("application/json"):
        return json.loads(response.content)
    return {}  # an adapter answered for the pages: only the status counts


@contextmanager
def _disguised(
    http: HttpRequest, method: str, data: dict[str, Any], exchange: Exchange
) -> Generator[None, None, None]:
    """Make `http` the request that allauth expects, and itself again afterwards.

    Routes of the API have no session or user by middleware: allauth swaps in its own.
    """
    kept = {
        name: http.__dict__[name]
        for name in ("method", "_body", "session", "user")
        if name in http.__dict__
    }
    http.method, http._body = method, json.dumps(data).encode()
    http.session = _session()
    http.user = AnonymousUser()
    http.allauth.exchange = exchange
    try:
        yield
    finally:
        for name in ("method", "_body", "session", "user"):
            http.__dict__.pop(name, None)
        http.__dict__.update(kept)
        for name in ("exchange", "headless"):
            http.allauth.__dict__.pop(name, None)


def _session(key: str = "") -> SessionBase:
    return import_string(f"{settings.SESSION_ENGINE}.SessionStore")(key or None)
