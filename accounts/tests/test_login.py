"""Signing in with a password."""

from http import HTTPStatus

from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)

from accounts.models import AuthSession, User
from accounts.tests.conftest import Api, Browser, SignIn, code_of, last_code, login
from conftest import PASSWORD, MakeUser


def test_a_login_answers_tokens_and_the_user(api: Api, ada: User) -> None:
    answer = login(api)

    assert answer.status_code == HTTPStatus.OK
    assert answer.json().keys() == {"access", "refresh", "user"}
    assert answer.json()["user"]["id"] == str(ada.pk)
    assert answer["Cache-Control"] == "no-store"
    session = AuthSession.objects.get(user=ada)
    assert session.ip == "127.0.0.1"


def test_sc_018_an_unverified_address_gets_a_flow_and_no_tokens(
    api: Api, make_user: MakeUser
) -> None:
    make_user("ada", verified=False)

    right = login(api)
    wrong = login(api, password="not-the-password")

    assert right.status_code == HTTPStatus.FORBIDDEN
    assert code_of(right) == "email_not_verified"
    assert "access" not in right.json()
    assert wrong.status_code == HTTPStatus.UNAUTHORIZED
    assert code_of(wrong) == "invalid_credentials"
    completed = api.post(
        "/auth/email/verify", {"flow": right.json()["flow"], "code": last_code()}
    )
    assert completed.status_code == HTTPStatus.OK


def test_sc_019_nobody_learns_which_addresses_exist(
    api: Api, people: dict[str, str], counted_hashes: list[str]
) -> None:
    bodies, hashes = [], []
    for email in people.values():
        counted_hashes.clear()
        answer = login(api, email, "not-the-password")
        assert answer.status_code == HTTPStatus.UNAUTHORIZED
        bodies.append(answer.json())
        hashes.append(len(counted_hashes))

    assert bodies[0] == bodies[1] == bodies[2]
    assert hashes == [1, 1, 1]


def test_a_user_deactivated_on_the_way_gets_no_tokens(
    api: Api, make_user: MakeUser
) -> None:
    make_user("ada", verified=False)
    flow = login(api).json()["flow"]
    User.objects.update(is_active=False)

    answer = api.post("/auth/email/verify", {"flow": flow, "code": last_code()})

    assert answer.status_code == HTTPStatus.CONFLICT
    assert code_of(answer) == "flow_not_pending"  # it has ended with all other logins
    assert code_of(login(api)) == "account_disabled"
    assert not AuthSession.objects.exists()


def test_sc_028_an_api_login_leaves_the_browser_session_alone(
    browser: Browser, make_user: MakeUser
) -> None:
    grace = make_user("grace")
    make_user("ada")
    browser.force_login(grace)
    cookie = browser.cookies["sessionid"].value

    answer = browser.post(
        "/auth/login",
        {"email": "ada@example.com", "password": PASSWORD},
        content_type="application/json",
    )

    assert answer.status_code == HTTPStatus.OK
    assert not answer.cookies
    assert browser.cookies["sessionid"].value == cookie
    assert browser.session["_auth_user_id"] == str(grace.pk)


def totp_code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def test_a_second_factor_completes_the_login_in_its_flow(api: Api, ada: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(ada, secret)

    half = login(api)
    flow = half.json()["flow"]
    wrong = api.post("/auth/login/mfa", {"flow": flow, "code": "000000"})
    whole = api.post("/auth/login/mfa", {"flow": flow, "code": totp_code(secret)})

    assert half.status_code == HTTPStatus.UNAUTHORIZED
    assert code_of(half) == "mfa_required"
    assert half.json()["types"] == ["totp"]
    assert "access" not in half.json()
    assert code_of(wrong) == "incorrect_code"
    assert whole.status_code == HTTPStatus.OK
    assert whole.json().keys() == {"access", "refresh", "user"}
    assert AuthSession.objects.filter(user=ada).count() == 1


def test_a_used_flow_is_worth_nothing(api: Api, ada: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(ada, secret)
    flow = login(api).json()["flow"]
    api.post("/auth/login/mfa", {"flow": flow, "code": totp_code(secret)})

    again = api.post("/auth/login/mfa", {"flow": flow, "code": totp_code(secret)})

    assert again.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.CONFLICT}
    assert "access" not in again.json()


def test_a_step_that_the_flow_does_not_wait_for_is_refused(
    api: Api, make_user: MakeUser
) -> None:
    make_user("ada", verified=False)
    flow = login(api).json()["flow"]

    answer = api.post("/auth/login/mfa", {"flow": flow, "code": "123456"})

    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert code_of(answer) == "email_not_verified"


def test_the_secret_of_a_second_factor_is_not_readable_in_the_database(
    ada: User,
) -> None:
    secret = generate_totp_secret()

    totp = TOTP.activate(ada, secret)

    assert secret not in str(totp.instance.data)


def test_two_logins_are_two_sessions(sign_in: SignIn, ada: User) -> None:
    sign_in(ada)
    sign_in(ada)

    assert AuthSession.objects.live().filter(user=ada).count() == 2
