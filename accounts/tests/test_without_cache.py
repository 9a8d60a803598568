"""Limits that cannot be counted are not limits that are off: what needs them says 503."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.http import HttpResponse

from accounts.models import AuthSession, User
from accounts.tests.conftest import ADDRESS, SignIn, code_of, last_code, last_link
from accounts.tests.pages import reauthenticated
from accounts.tests.test_login import totp_code
from accounts.tests.test_logout import page_login
from accounts.tests.visitors import ApiVisitor, PageVisitor
from conftest import PASSWORD, MakeUser

NEW = "a-new-long-password"
OTHER = "lovelace@example.com"
Call = Callable[[], HttpResponse]


def without_cache(settings: Any, call: Call) -> HttpResponse:
    """What `call` gets, and that it changed nothing."""
    mail.outbox.clear()
    before = state()
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    answer = call()
    assert state() == before
    assert not mail.outbox
    return answer


def calm(visitor: ApiVisitor) -> ApiVisitor:
    """Takes a 503 for an answer; the test client raises what led to it."""
    visitor.client.raise_request_exception = False
    return visitor


def state() -> tuple[list[object], int]:
    users = User.objects.order_by("pk").values_list(
        "email", "password", "emailaddress__email", "emailaddress__verified"
    )
    return list(users), AuthSession.objects.count()


def of_strangers(make_user: MakeUser) -> dict[str, Call]:
    """Everything under /auth, and every page, that somebody who is not signed in may send."""
    ada = make_user("ada")
    grace = make_user("grace")
    secret = generate_totp_secret()
    TOTP.activate(grace, secret)
    api, page = calm(ApiVisitor()), PageVisitor()
    api.register("new@example.com")
    page.register("newer@example.com")
    codes = {to: last_code(to) for to in ("new@example.com", "newer@example.com")}
    half_api, half_page = calm(ApiVisitor()), PageVisitor()
    half_api.login(grace.email)
    half_page.login(grace.email)
    api.ask_reset(ada.email)
    path = last_link().partition("127.0.0.1:8000")[2]
    key = path.rstrip("/").rsplit("/", 1)[-1]
    link = page.client.get(path, follow=True).redirect_chain[-1][0]
    mfa = {"flow": half_api.flow, "code": totp_code(secret)}
    confirm = {"key": key, "password": NEW}
    set_new = {"password1": NEW, "password2": NEW}
    second = {"code": totp_code(secret)}
    return {
        "register": lambda: calm(ApiVisitor()).register(OTHER),
        "login": lambda: calm(ApiVisitor()).login(ADDRESS),
        "verify": lambda: api.enter(codes["new@example.com"]),
        "resend": api.resend,
        "mfa": lambda: half_api.client.post("/auth/login/mfa", mfa),
        "reset": lambda: api.ask_reset(ADDRESS),
        "confirm": lambda: api.client.post("/auth/password/reset/confirm", confirm),
        "page: signup": lambda: PageVisitor().register(OTHER),
        "page: login": lambda: PageVisitor().login(ADDRESS),
        "page: code": lambda: page.enter(codes["newer@example.com"]),
        "page: resend": page.resend,
        "page: mfa": lambda: half_page.client.post(
            "/accounts/2fa/authenticate/", second
        ),
        "page: reset": lambda: page.ask_reset(ADDRESS),
        "page: confirm": lambda: page.client.post(link, set_new),
    }


def of_somebody(ada: User, sign_in: SignIn) -> dict[str, Call]:
    """What somebody who is signed in may send, where tries are counted."""
    client, fresh, page = sign_in(ada), sign_in(ada), reauthenticated(ada)
    for each in (client, fresh):
        each.raise_request_exception = False
        each.post("/auth/reauthenticate", {"password": PASSWORD})
    client.post("/auth/email", {"email": OTHER})
    code = {"code": last_code(OTHER)}
    old = page_login(ada)
    change = {"current_password": PASSWORD, "new_password": NEW}
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    address = {"action_add": "", "email": "byron@example.com"}
    proof = {"password": PASSWORD}
    return {
        "reauthenticate": lambda: fresh.post("/auth/reauthenticate", proof),
        "change": lambda: fresh.post("/auth/password/change", change),
        "email": lambda: fresh.post("/auth/email", {"email": "byron@example.com"}),
        "confirm": lambda: client.post("/auth/email/confirm", code),
        "page: proof": lambda: old.post("/accounts/reauthenticate/", proof),
        "page: change": lambda: page.post("/accounts/password/change/", form),
        "page: email": lambda: page.post("/accounts/email/", address),
    }


def assert_is_closed(answer: HttpResponse, name: str) -> None:
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE, name
    if name.startswith("page"):
        assert answer["X-Request-ID"] in answer.text
    else:
        assert code_of(answer) == "unavailable", name
        assert answer.json()["type"] == "server_error"


def test_sc_105_strangers_are_refused(make_user: MakeUser, settings: Any) -> None:
    for name, call in of_strangers(make_user).items():
        assert_is_closed(without_cache(settings, call), name)


def test_sc_105_so_is_who_is_signed_in(
    ada: User, sign_in: SignIn, settings: Any
) -> None:
    for name, call in of_somebody(ada, sign_in).items():
        assert_is_closed(without_cache(settings, call), name)


def test_sc_105_what_counts_nothing_goes_on(
    ada: User, sign_in: SignIn, settings: Any
) -> None:
    """An outage of the cache signs nobody out."""
    client, browser = sign_in(ada), page_login(ada)
    refresh = {"refresh": client.tokens["refresh"]}
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }

    assert client.get("/auth/me").status_code == HTTPStatus.OK
    assert client.post("/auth/refresh", refresh).status_code == HTTPStatus.OK
    assert browser.get("/accounts/profile/").status_code == HTTPStatus.OK
    assert client.post("/auth/logout").status_code == HTTPStatus.NO_CONTENT
