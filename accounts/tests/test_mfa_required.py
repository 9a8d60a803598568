"""The way from a demand for a second factor to having one, and back."""

from http import HTTPStatus
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.tests.conftest import Api, Browser, SignIn, code_of
from accounts.tests.races import at_once
from accounts.tests.second_factors import reauthenticate, with_app, with_codes, with_key
from accounts.tests.test_login import totp_code
from conftest import MakeUser

ADMIN_PASSWORD = "a-password-for-operators"


@pytest.fixture(autouse=True)
def required(settings: Any) -> None:
    settings.REQUIRE_MFA = "staff"


def set_up_an_app(browser: Browser, password: str) -> None:
    again = {"password": password, "next": "/accounts/2fa/totp/activate/"}
    browser.post("/accounts/reauthenticate/", again)
    secret = browser.get("/accounts/2fa/totp/activate/").context["form"].secret
    browser.post("/accounts/2fa/totp/activate/", {"code": totp_code(secret)})


def test_sc_042_a_new_admin_is_led_to_a_factor_and_then_let_in(db: None) -> None:
    out = StringIO()
    call_command("create_admin", "root@example.com", generate=True, stdout=out)
    password = out.getvalue().rsplit("Password: ")[1].strip()
    assert "second factor" in out.getvalue()
    browser = Browser()
    form = {"login": "root@example.com", "password": password}

    browser.post("/accounts/login/?next=/admin/", form)
    led = browser.get("/admin/", follow=True)
    assert led.redirect_chain == [("/accounts/2fa/", HTTPStatus.FOUND)]
    assert "Set up a second factor to go on" in led.content.decode()
    set_up_an_app(browser, password)

    assert browser.get("/accounts/2fa/recovery-codes/").context["can_view_codes"]
    assert browser.get("/admin/").status_code == HTTPStatus.OK


def test_sc_042_the_api_opens_with_the_first_factor_and_closes_with_the_last(
    make_user: MakeUser, sign_in: SignIn
) -> None:
    client = sign_in(make_user("helper", is_staff=True))
    closed = client.get("/workspaces")
    assert closed.status_code == HTTPStatus.FORBIDDEN
    assert code_of(closed) == "mfa_enrolment_required"
    assert client.get("/auth/mfa").json()["is_required"]
    reauthenticate(client)

    with_key(client)
    assert client.get("/workspaces").status_code == HTTPStatus.OK

    (passkey, _) = client.get("/auth/mfa").json()["results"]
    client.delete(f"/auth/mfa/passkeys/{passkey['id']}")
    assert code_of(client.get("/workspaces")) == "mfa_enrolment_required"


def test_recovery_codes_alone_are_no_factor(
    make_user: MakeUser, sign_in: SignIn
) -> None:
    helper = make_user("helper", is_staff=True)
    client = sign_in(helper)
    with_codes(helper)

    assert code_of(client.get("/workspaces")) == "mfa_enrolment_required"


def test_who_has_a_factor_pays_no_query_for_the_question(
    make_user: MakeUser, as_user: Any, settings: Any
) -> None:
    helper = make_user("helper", is_staff=True)
    with_app(helper)
    client, browser = as_user(helper), Browser()
    browser.force_login(helper)
    counts = {}
    for policy in ("off", "staff"):
        settings.REQUIRE_MFA = policy
        for path, visitor in (("/auth/me", client), ("/accounts/profile/", browser)):
            with CaptureQueriesContext(connection) as queries:
                assert visitor.get(path).status_code == HTTPStatus.OK
            counts.setdefault(path, []).append(len(queries))

    assert counts["/auth/me"] == [1, 1]
    assert counts["/accounts/profile/"][0] == counts["/accounts/profile/"][1]


@pytest.mark.django_db(transaction=True)
def test_two_factors_removed_at_once_leave_nobody_with_one(make_user: MakeUser) -> None:
    helper = make_user("helper", is_staff=True)
    data = {"secret": "", "name": "", "credential": {}}
    for kind in ("totp", "webauthn"):
        Authenticator.objects.create(user=helper, type=kind, data=data)
    rows = list(Authenticator.objects.all())
    assert User.objects.get().has_second_factor

    at_once(2, lambda: rows.pop().delete())

    assert not Authenticator.objects.exists()
    assert not User.objects.get().has_second_factor


def test_a_client_without_a_factor_may_leave(
    make_user: MakeUser, sign_in: SignIn
) -> None:
    client: Api = sign_in(make_user("helper", is_staff=True))

    assert client.get("/auth/me").status_code == HTTPStatus.OK
    assert client.post("/auth/logout").status_code == HTTPStatus.NO_CONTENT
