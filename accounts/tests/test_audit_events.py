"""What people do, and the row that it leaves: the same on a page as over the API."""

from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any
from uuid import UUID

import pytest

from accounts import audit
from accounts.models import AuditEvent, User
from accounts.tests.conftest import (
    ADDRESS,
    Api,
    SignIn,
    code_of,
    last_code,
    last_link,
)
from accounts.tests.second_factors import (
    WRONG,
    flow_of,
    options_in,
    reauthenticate,
    with_app,
    with_codes,
    with_key,
)
from accounts.tests.test_login import totp_code
from accounts.tests.visitors import ApiVisitor, Visitor, at_both_doors
from conftest import PASSWORD

AGENT = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
NEW = "a-new-long-password"
NEW_ADDRESS = "countess@example.com"
NOBODY = "nobody@example.com"

Act = Callable[[Visitor], None]
ACTS: dict[str, Act] = {}
EXPECTED: dict[str, dict[str, Any]] = {}


def leaves(event: str, **facts: Any) -> Callable[[Act], Act]:
    """Enters an act into the table: signed in as Ada unless `signed_in=False`."""

    def enter(act: Act) -> Act:
        ACTS[act.__name__] = act
        EXPECTED[act.__name__] = {"event": event, **facts}
        return act

    return enter


def at(visitor: Visitor, api: tuple[str, str, dict], page: tuple[str, dict]) -> None:
    """One thing at both doors: `(method, route, body)` and `(path, form)`."""
    if isinstance(visitor, ApiVisitor):
        method, route, body = api
        getattr(visitor.client, method)(f"/auth/{route}", body)
    else:
        visitor.client.post(f"/accounts/{page[0]}", page[1])


def prove(visitor: Visitor, password: str = PASSWORD) -> None:
    form = {"password": password}
    at(visitor, ("post", "reauthenticate", form), ("reauthenticate/", form))


def ask_for_address(visitor: Visitor) -> None:
    prove(visitor)
    at(
        visitor,
        ("post", "email", {"email": NEW_ADDRESS}),
        ("email/", {"email": NEW_ADDRESS, "action_add": ""}),
    )


@leaves("login.succeeded", actor=True, factor="password")
def signs_in(visitor: Visitor) -> None:
    pass


@leaves("login.failed", signed_in=False, user=False, address=ADDRESS, factor="password")
def enters_a_wrong_password(visitor: Visitor) -> None:
    visitor.login(password="not-the-password")


@leaves("login.failed", signed_in=False, user=False, address=NOBODY, factor="password")
def enters_an_unknown_address(visitor: Visitor) -> None:
    visitor.login(NOBODY)


@leaves("login.refused", signed_in=False, details={"reason": "account_disabled"})
def enters_a_closed_account(visitor: Visitor) -> None:
    User.objects.update(is_active=False)
    visitor.login()


@leaves("login.half_done", signed_in=False, factor="password")
def has_the_password_alone(visitor: Visitor) -> None:
    with_app(User.objects.get())
    visitor.login()


@leaves("code.rejected", signed_in=False, factor="totp")
def enters_a_wrong_code_of_an_app(visitor: Visitor) -> None:
    has_the_password_alone(visitor)
    body = {"flow": getattr(visitor, "flow", ""), "code": WRONG}
    at(visitor, ("post", "login/mfa", body), ("2fa/authenticate/", {"code": WRONG}))


@leaves("login.succeeded", signed_in=False, actor=True, factor="password+totp")
def signs_in_with_an_app(visitor: Visitor) -> None:
    secret = with_app(User.objects.get())
    visitor.login()
    code = totp_code(secret)
    body = {"flow": getattr(visitor, "flow", ""), "code": code}
    at(visitor, ("post", "login/mfa", body), ("2fa/authenticate/", {"code": code}))


@leaves("access.limited", signed_in=False, user=False)
def guesses_too_often(visitor: Visitor) -> None:
    for _ in range(7):
        visitor.login(password="not-the-password")


@leaves("session.ended", actor=True, details={"reason": "logout"})
def signs_out(visitor: Visitor) -> None:
    at(visitor, ("post", "logout", {}), ("logout/", {}))


@leaves("session.all_ended", actor=True)
def signs_out_everywhere_else(visitor: Visitor) -> None:
    at(visitor, ("post", "logout_all", {"keep_current": True}), ("sessions/", {}))


@leaves("session.ended", actor=True, details={"reason": "ended_by_user"})
def ends_another_login(visitor: Visitor) -> None:
    other = ApiVisitor()
    other.login()
    logins = other.client.get("/auth/sessions").json()["results"]
    (key,) = [login["id"] for login in logins if login["is_current"]]
    at(visitor, ("delete", f"sessions/{key}", {}), ("sessions/", {"end": key}))


@leaves("mfa.renewed", actor=True, factor="recovery_codes")
def makes_new_recovery_codes(visitor: Visitor) -> None:
    with_app(User.objects.get())
    with_codes(User.objects.get())
    prove(visitor)
    at(
        visitor,
        ("post", "mfa/recovery_codes", {}),
        ("2fa/recovery-codes/generate/", {}),
    )


@leaves("account.created", signed_in=False, email=NEW_ADDRESS, address=NEW_ADDRESS)
def registers(visitor: Visitor) -> None:
    visitor.register(NEW_ADDRESS)


@leaves("code.rejected", signed_in=False, email=NEW_ADDRESS, factor="email")
def enters_a_wrong_code_of_a_mail(visitor: Visitor) -> None:
    visitor.register(NEW_ADDRESS)
    visitor.enter("WRNG-CODE")


@leaves("email.verified", signed_in=False, email=NEW_ADDRESS, address=NEW_ADDRESS)
def verifies(visitor: Visitor) -> None:
    visitor.register(NEW_ADDRESS)
    visitor.enter(last_code(NEW_ADDRESS))


@leaves("password.reset_requested", signed_in=False, address=ADDRESS)
def asks_for_a_reset(visitor: Visitor) -> None:
    visitor.ask_reset()


@leaves("password.reset", signed_in=False)
def resets(visitor: Visitor) -> None:
    visitor.ask_reset()
    visitor.reset(NEW)


@leaves("code.rejected", signed_in=False, factor="reset_link")
def tries_a_used_link(visitor: Visitor) -> None:
    visitor.ask_reset()
    link = last_link()
    visitor.reset(NEW)
    path, key = link.partition("127.0.0.1:8000")[2], link.rstrip("/").rsplit("/", 1)[1]
    body = {"key": key, "password": "another-long-password"}
    if isinstance(visitor, ApiVisitor):
        visitor.client.post("/auth/password/reset/confirm", body)
    else:
        visitor.client.get(path)


@leaves("password.changed", actor=True)
def changes_the_password(visitor: Visitor) -> None:
    visitor.change(PASSWORD, NEW)


@leaves("reauthentication.failed", actor=True, factor="password")
def does_not_know_the_old_password(visitor: Visitor) -> None:
    visitor.change("not-the-password", NEW)


@leaves("reauthentication.succeeded", actor=True, factor="password")
def proves(visitor: Visitor) -> None:
    prove(visitor)


@leaves(
    "reauthentication.failed",
    actor=True,
    factor="password",
    details={"purpose": "reauthentication"},
)
def fails_to_prove(visitor: Visitor) -> None:
    prove(visitor, "not-the-password")


@leaves("email.change_requested", actor=True, address=NEW_ADDRESS)
def asks_for_another_address(visitor: Visitor) -> None:
    ask_for_address(visitor)


@leaves("email.changed", actor=True, address=NEW_ADDRESS)
def confirms_the_other_address(visitor: Visitor) -> None:
    ask_for_address(visitor)
    code = {"code": last_code(NEW_ADDRESS)}
    at(visitor, ("post", "email/confirm", code), ("confirm-email/", code))


@leaves("code.rejected", actor=True, factor="email")
def enters_a_wrong_code_for_another_address(visitor: Visitor) -> None:
    ask_for_address(visitor)
    code = {"code": "WRNG-CODE"}
    at(visitor, ("post", "email/confirm", code), ("confirm-email/", code))


@leaves("account.deleted", actor=True, gone=True)
def deletes_the_account(visitor: Visitor) -> None:
    prove(visitor)
    at(visitor, ("delete", "me", {}), ("delete/", {}))


@leaves("mfa.removed", actor=True, factor="totp")
def removes_an_app(visitor: Visitor) -> None:
    with_app(User.objects.get())
    prove(visitor)
    at(visitor, ("delete", "mfa/totp", {}), ("2fa/totp/deactivate/", {}))


@at_both_doors
@pytest.mark.parametrize("act", ACTS)
def test_sc_107_what_people_do_leaves_a_row(
    act: str, visitor_class: type[Visitor], ada: User
) -> None:
    expected = EXPECTED[act].copy()
    visitor = visitor_class()
    visitor.client.defaults["HTTP_USER_AGENT"] = AGENT
    if expected.pop("signed_in", True):
        assert visitor.login().status_code in {200, 302}

    ACTS[act](visitor)

    row = AuditEvent.objects.filter(event=expected.pop("event")).latest("created_at")
    email = expected.pop("email", ADDRESS)
    subject = ada.pk if email == ADDRESS else User.objects.get(email=email).pk
    assert row.user_id == (subject if expected.pop("user", True) else None)
    assert row.actor_id == (subject if expected.pop("actor", False) else None)
    address = expected.pop("address", "")
    if address:
        assert row.address_hash == audit.address_hash(address)
    assert (row.ip, row.user_agent) == ("127.0.0.1", AGENT)
    assert row.created_at.tzinfo is UTC
    if expected.pop("gone", False):
        assert not User.objects.exists()
    for field, value in expected.items():
        assert getattr(row, field) == value


def newest(event: str) -> AuditEvent:
    return AuditEvent.objects.filter(event=event).latest("created_at")


def test_sc_107_a_refresh_token_that_comes_back_leaves_a_row(
    sign_in: SignIn, ada: User, settings: Any
) -> None:
    settings.REFRESH_GRACE = timedelta(0)
    client = sign_in(ada)
    spent = {"refresh": client.tokens["refresh"]}
    Api().post("/auth/refresh", spent)

    assert code_of(Api().post("/auth/refresh", spent)) == "token_reused"

    row = newest("token.reused")
    assert row.user_id == ada.pk
    assert row.details == {"session_id": str(client_session(ada))}
    assert row.ip == "127.0.0.1"


def client_session(user: User) -> UUID:
    return user.auth_sessions.get().pk


def test_sc_107_second_factors_that_come_and_fail_leave_rows(
    sign_in: SignIn, ada: User
) -> None:
    client = sign_in(ada)
    reauthenticate(client)
    secret = client.post("/auth/mfa/totp").json()["secret"]
    client.post("/auth/mfa/totp/activate", {"code": totp_code(secret)})
    added = AuditEvent.objects.filter(event="mfa.added", user=ada)
    assert {row.factor for row in added} == {"totp", "recovery_codes"}

    key = with_key(client)
    assert newest("mfa.added").factor == "webauthn"
    flow, other = flow_of(ada), flow_of(ada)
    body = {"flow": flow, "credential": key.sign(options_in(other))}
    assert code_of(Api().post("/auth/login/mfa", body)) == "incorrect_code"
    row = newest("code.rejected")
    assert (row.user_id, row.factor) == (ada.pk, "second_factor")


def test_sc_107_an_account_closed_by_a_command_leaves_rows(ada: User) -> None:
    ada.is_active = False
    ada.save(update_fields=["is_active"])

    assert newest("account.deactivated").user_id == ada.pk
    assert newest("session.all_ended").details["reason"] == "deactivated"
