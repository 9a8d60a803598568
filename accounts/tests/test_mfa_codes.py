"""SC 33 to 43: what a code of a second factor is good for, in the API and on pages alike."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import AuthSession, User
from accounts.tests.conftest import (
    Api,
    Browser,
    SignIn,
    bearer,
    code_of,
    last_code,
    login,
)
from accounts.tests.pages import reauthenticated
from accounts.tests.races import at_once
from accounts.tests.second_factors import (
    WRONG,
    by_code,
    flow_of,
    reauthenticate,
    with_app,
    with_codes,
)
from accounts.tests.test_login import totp_code
from accounts.tests.test_logout import sees_account
from conftest import PASSWORD, MakeUser

PAGE = "/accounts/2fa/authenticate/"


class OverApi:
    """A login whose password was right, in the API."""

    def __init__(self, user: User) -> None:
        self.flow = flow_of(user, APIClient())

    def enter(self, code: str) -> int:
        """200: signed in. 400: not the code. 429: not looked at."""
        return by_code(self.flow, code, APIClient()).status_code


class OnPages:
    def __init__(self, user: User) -> None:
        self.browser = Client()
        form = {"login": user.email, "password": PASSWORD}
        assert self.browser.post("/accounts/login/", form)["Location"] == PAGE

    def enter(self, code: str) -> int:
        answer = self.browser.post(PAGE, {"code": code})
        if b"Incorrect code" in answer.content:
            return HTTPStatus.BAD_REQUEST
        if answer.status_code == HTTPStatus.FOUND:
            return HTTPStatus.OK if sees_account(self.browser) else HTTPStatus.GONE
        return answer.status_code


Half = Callable[[User], OverApi | OnPages]
BOTH = pytest.mark.parametrize("half", [OverApi, OnPages])


@BOTH
def test_sc_033_the_password_alone_signs_nobody_in(ada: User, half: Half) -> None:
    secret = with_app(ada)

    begun = half(ada)

    assert not AuthSession.objects.exists()
    if isinstance(begun, OnPages):
        assert not sees_account(begun.browser)
    assert begun.enter(totp_code(secret)) == HTTPStatus.OK


def test_sc_033_no_tokens_with_the_question(ada: User) -> None:
    with_app(ada)

    answer = login(Api(), ada.email)

    assert answer.json().keys() == {"type", "errors", "flow", "types"}
    assert code_of(answer) == "mfa_required"
    assert answer.json()["types"] == ["totp"]
    assert not answer.cookies


def test_sc_034_a_flow_completes_its_own_login_alone(
    ada: User, make_user: MakeUser
) -> None:
    grace = make_user("grace")
    hers, graces = with_app(ada), with_app(grace)

    assert code_of(by_code(flow_of(ada), totp_code(graces))) == "incorrect_code"
    flow = flow_of(grace)
    answer = by_code(flow, totp_code(graces))
    assert answer.json()["user"]["id"] == str(grace.pk)
    assert by_code(flow, totp_code(hers)).status_code in {401, 409}


@pytest.mark.parametrize("spoil", ["x{}", "{}x", "{:.40}", "nothing like it", "é"])
def test_sc_034_an_altered_flow_is_refused(ada: User, spoil: str) -> None:
    secret = with_app(ada)
    flow = spoil.format(flow_of(ada))

    for body in ({"code": totp_code(secret)}, {"credential": {}}):
        answer = Api().post("/auth/login/mfa", {"flow": flow, **body})
        assert answer.status_code == HTTPStatus.UNAUTHORIZED
        assert code_of(answer) == "session_expired"
    answer = Api().post("/auth/login/mfa/options", {"flow": flow})
    assert code_of(answer) == "session_expired"


def test_sc_034_a_flow_ends_after_15_minutes(ada: User) -> None:
    secret = with_app(ada)
    now = datetime.now(UTC)
    with time_machine.travel(now, tick=False):
        flow = flow_of(ada)
    with time_machine.travel(now + timedelta(minutes=15, seconds=1), tick=False):
        assert code_of(by_code(flow, totp_code(secret))) == "session_expired"


def test_sc_034_a_flow_is_no_token_and_no_cookie(ada: User) -> None:
    with_app(ada)
    client, browser = Api(), Browser()
    flow = flow_of(ada)
    bearer(client, flow)
    browser.cookies[django_settings.SESSION_COOKIE_NAME] = flow

    assert client.get("/auth/me").status_code == HTTPStatus.UNAUTHORIZED
    refreshed = Api().post("/auth/refresh", {"refresh": flow})
    assert refreshed.status_code == HTTPStatus.UNAUTHORIZED
    assert not sees_account(browser)


@BOTH
@pytest.mark.parametrize("spelling", ["{0}", "{0:.3} {1}", " {0:.3}-{1}\t"])
def test_sc_035_a_code_works_once_however_it_is_spelled(
    ada: User, half: Half, spelling: str
) -> None:
    secret = with_app(ada)
    now = datetime.now(UTC)
    with time_machine.travel(now, tick=False):
        code = totp_code(secret)
        first = half(ada).enter(code)
        again = half(ada).enter(spelling.format(code, code[3:]))

    assert (first, again) == (HTTPStatus.OK, HTTPStatus.BAD_REQUEST)


@BOTH
@pytest.mark.django_db(transaction=True)
def test_sc_035_a_code_in_six_logins_at_once_opens_one(
    make_user: MakeUser, half: Half
) -> None:
    ada = make_user("ada")
    secret = with_app(ada)
    with time_machine.travel(datetime.now(UTC), tick=False):
        waiting, code = [half(ada) for _ in range(6)], totp_code(secret)

        answers = at_once(6, lambda: waiting.pop().enter(code))

    assert answers.count(HTTPStatus.OK) == 1
    assert set(answers) <= {200, 400, 429}


@BOTH
def test_sc_036_after_five_wrong_codes_the_right_one_waits(
    ada: User, make_user: MakeUser, half: Half
) -> None:
    other = make_user("grace")
    secret, others = with_app(ada), with_app(other)
    half_way = half(ada)

    assert {half_way.enter(WRONG) for _ in range(5)} == {HTTPStatus.BAD_REQUEST}

    assert half_way.enter(totp_code(secret)) == HTTPStatus.TOO_MANY_REQUESTS
    # Nor in another flow, nor on the other surface.
    for surface in (OverApi, OnPages):
        assert surface(ada).enter(totp_code(secret)) == HTTPStatus.TOO_MANY_REQUESTS
    assert half(other).enter(totp_code(others)) == HTTPStatus.OK


def test_sc_036_the_refusal_says_when_to_come_back(ada: User) -> None:
    with_app(ada)
    flow = flow_of(ada)
    for _ in range(5):
        by_code(flow, WRONG)

    answer = by_code(flow, WRONG)

    assert code_of(answer) == "rate_limited"
    assert int(answer["Retry-After"]) == 300


@BOTH
@pytest.mark.django_db(transaction=True)
def test_sc_036_guesses_at_once_are_five(make_user: MakeUser, half: Half) -> None:
    ada = make_user("ada")
    with_app(ada)
    waiting = [half(ada) for _ in range(9)]

    answers = at_once(9, lambda: waiting.pop().enter(WRONG))

    assert answers.count(HTTPStatus.BAD_REQUEST) <= 5
    assert set(answers) <= {400, 429}


@BOTH
@pytest.mark.parametrize("seconds", [-30, 30])
def test_sc_037_a_code_of_another_step_is_none(
    ada: User, half: Half, seconds: int
) -> None:
    secret = with_app(ada)
    now = datetime.now(UTC)
    with time_machine.travel(now, tick=False):
        half_way = half(ada)
    with time_machine.travel(now + timedelta(seconds=seconds), tick=False):
        code = totp_code(secret)

    with time_machine.travel(now, tick=False):
        assert half_way.enter(code) == HTTPStatus.BAD_REQUEST
        assert half_way.enter(totp_code(secret)) == HTTPStatus.OK


@BOTH
def test_sc_038_a_recovery_code_works_once(ada: User, half: Half) -> None:
    with_app(ada)
    code, *_ = with_codes(ada)

    assert half(ada).enter(code) == HTTPStatus.OK
    assert half(ada).enter(code) == HTTPStatus.BAD_REQUEST


@BOTH
@pytest.mark.django_db(transaction=True)
def test_sc_038_a_recovery_code_in_four_logins_at_once_opens_one(
    make_user: MakeUser, half: Half
) -> None:
    ada = make_user("ada")
    with_app(ada)
    code, *_ = with_codes(ada)
    waiting = [half(ada) for _ in range(4)]

    answers = at_once(4, lambda: waiting.pop().enter(code))

    assert answers.count(HTTPStatus.OK) == 1


def in_the_database() -> str:
    """Every text that rests in a table of sessions or factors, opened as far as it goes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT data::text FROM mfa_authenticator")
        rows = [row[0] for row in cursor.fetchall()]
    return "\n".join([*rows, *(str(s.get_decoded()) for s in Session.objects.all())])


def test_sc_039_no_seed_rests_in_clear_over_the_api(ada: User, sign_in: SignIn) -> None:
    client = sign_in(ada)
    reauthenticate(client)
    secret = client.post("/auth/mfa/totp").json()["secret"]
    assert "mfa.totp.secret" in in_the_database()
    assert secret not in in_the_database()

    client.post("/auth/mfa/totp/activate", {"code": totp_code(secret)})

    assert Authenticator.objects.count() == 2
    assert secret not in in_the_database()
    codes = client.post("/auth/mfa/recovery_codes/view").json()["codes"]
    assert not any(code in in_the_database() for code in codes)


def test_sc_039_no_seed_rests_in_clear_on_pages(ada: User) -> None:
    browser = reauthenticated(ada)
    secret = browser.get("/accounts/2fa/totp/activate/").context["form"].secret
    assert "mfa.totp.secret" in in_the_database()
    assert secret not in in_the_database()

    wrong = browser.post("/accounts/2fa/totp/activate/", {"code": WRONG})
    assert wrong.context["form"].secret == secret  # the app need not scan again
    assert secret not in in_the_database()
    browser.post("/accounts/2fa/totp/activate/", {"code": totp_code(secret)})

    assert Authenticator.objects.count() == 2
    assert secret not in in_the_database()


def test_sc_039_a_seed_that_waits_outlives_a_new_key(
    ada: User, sign_in: SignIn, settings: Any
) -> None:
    client = sign_in(ada)
    reauthenticate(client)
    secret = client.post("/auth/mfa/totp").json()["secret"]
    old = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "k2" + old, [old]

    answer = client.post("/auth/mfa/totp/activate", {"code": totp_code(secret)})

    assert answer.status_code == HTTPStatus.OK


def test_sc_041_a_factor_set_up_before_the_address_is_verified(
    make_user: MakeUser,
) -> None:
    """As staff or an import may leave it; the two are asked for one after the other."""
    ada = make_user("ada", verified=False)
    secret = with_app(ada)

    first = login(Api(), ada.email)
    assert code_of(first) in {"email_not_verified", "mfa_required"}
    second = complete(first, secret)
    assert second.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
    assert {code_of(first), code_of(second)} == {"email_not_verified", "mfa_required"}
    assert not AuthSession.objects.exists()
    third = complete(second, secret)

    assert third.status_code == HTTPStatus.OK
    assert AuthSession.objects.count() == 1
    assert EmailAddress.objects.get().verified


def complete(half: Any, secret: str) -> Any:
    flow = half.json()["flow"]
    if code_of(half) == "mfa_required":
        return by_code(flow, totp_code(secret))
    return Api().post("/auth/email/verify", {"flow": flow, "code": last_code()})


def test_sc_041_on_pages_nobody_is_in_before_both_are_done(make_user: MakeUser) -> None:
    ada = make_user("ada", verified=False)
    secret = with_app(ada)
    browser = Browser()
    form = {"login": ada.email, "password": PASSWORD}
    at = browser.post("/accounts/login/", form)["Location"]
    asked = []
    for _ in range(2):
        assert not sees_account(browser)
        asked.append(at)
        code = totp_code(secret) if at == PAGE else last_code()
        at = browser.post(at, {"code": code})["Location"]

    assert set(asked) == {PAGE, "/accounts/confirm-email/"}
    assert sees_account(browser)


def test_sc_041_nobody_sets_one_up_beside_an_unverified_address(
    ada: User, sign_in: SignIn
) -> None:
    client = sign_in(ada)
    reauthenticate(client)
    EmailAddress.objects.create(user=ada, email="second@example.com")

    for path in ("totp", "totp/activate", "passkeys/options", "passkeys"):
        body = {"code": WRONG, "credential": {}}
        answer = client.post(f"/auth/mfa/{path}", body)
        assert answer.status_code == HTTPStatus.CONFLICT
        assert code_of(answer) == "unverified_email"
    assert not Authenticator.objects.exists()


def cancel(browser: Browser) -> None:
    browser.post("/accounts/logout/")


def wait(browser: Browser) -> None:
    """Until the login has lapsed."""
    session = browser.session
    session["account_login"]["initiated_at"] -= 15 * 60 + 1
    session.save()


@pytest.mark.parametrize("abandon", [cancel, wait])
def test_sc_043_an_abandoned_login_leaves_no_record(
    ada: User, make_user: MakeUser, abandon: Callable[[Browser], None]
) -> None:
    grace = make_user("grace")
    with_app(ada)
    browser = Browser()
    browser.post("/accounts/login/", {"login": ada.email, "password": PASSWORD})
    (record,) = browser.session["account_authentication_methods"]
    assert record["email"] == ada.email

    abandon(browser)
    browser.post("/accounts/login/", {"login": grace.email, "password": PASSWORD})

    (record,) = browser.session["account_authentication_methods"]
    assert record["email"] == grace.email
    assert browser.session["_auth_user_id"] == str(grace.pk)
    assert "account_login" not in browser.session


def test_sc_043_a_login_over_the_api_begins_with_nothing(
    ada: User, make_user: MakeUser
) -> None:
    grace, client = make_user("grace"), Api()
    with_app(ada)
    login(client, ada.email)

    login(client, grace.email)

    key = AuthSession.objects.get(user=grace).session_key
    found = Session.objects.get(session_key=key).get_decoded()
    (record,) = found["account_authentication_methods"]
    assert record["email"] == grace.email
