"""One's own account: what the API promises about passwords and addresses, the pages promise."""

from datetime import timedelta
from http import HTTPStatus

import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.http import HttpResponse
from django.utils import timezone

from accounts.models import AuthSession, User
from accounts.tests.conftest import (
    ADDRESS,
    Api,
    Browser,
    SignIn,
    code_of,
    last_code,
    last_mail,
    login,
)
from accounts.tests.test_logout import (
    can_refresh,
    is_signed_in,
    page_login,
    sees_account,
)
from accounts.tests.visitors import ApiVisitor, PageVisitor, Visitor, at_both_doors
from conftest import PASSWORD, MakeUser

NEW = "a-new-long-password"
OTHER = "lovelace@example.com"


def proved(visitor: Visitor) -> HttpResponse:
    if isinstance(visitor, ApiVisitor):
        return visitor.client.post("/auth/reauthenticate", {"password": PASSWORD})
    return visitor.client.post("/accounts/reauthenticate/", {"password": PASSWORD})


def ask_address(visitor: Visitor, email: str = OTHER) -> HttpResponse:
    if isinstance(visitor, ApiVisitor):
        return visitor.client.post("/auth/email", {"email": email})
    form = {"action_add": "", "email": email}
    return visitor.client.post("/accounts/email/", form)


def confirm_address(visitor: Visitor, code: str) -> HttpResponse:
    if isinstance(visitor, ApiVisitor):
        return visitor.client.post("/auth/email/confirm", {"code": code})
    return visitor.client.post("/accounts/confirm-email/", {"code": code})


def asks_for_a_proof(answer: HttpResponse) -> bool:
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        return code_of(answer) == "reauthentication_required"
    return answer.get("Location", "").startswith("/accounts/reauthenticate/")


def has_password(password: str) -> bool:
    return User.objects.get(email=ADDRESS).check_password(password)


@at_both_doors
def test_sc_067_a_change_needs_the_current_password(
    visitor_class: type[Visitor], ada: User
) -> None:
    visitor = visitor_class()
    visitor.login()
    for wrong in ("not-the-password", "", PASSWORD + " ", PASSWORD.upper()):
        answer = visitor.change(wrong, NEW)
        # A page shows its form again.
        expected = {HTTPStatus.BAD_REQUEST, HTTPStatus.OK}
        assert answer.status_code in expected
        assert has_password(PASSWORD)

    visitor.change(PASSWORD, NEW)

    assert has_password(NEW)


@at_both_doors
def test_sc_067_the_sixth_change_in_a_minute_is_refused(
    visitor_class: type[Visitor], ada: User
) -> None:
    visitor = visitor_class()
    visitor.login()
    for _ in range(5):
        visitor.change("not-the-password", NEW)

    answer = visitor.change(PASSWORD, NEW)

    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert int(answer["Retry-After"]) > 0
    assert has_password(PASSWORD)


@at_both_doors
def test_sc_068_a_change_ends_all_other_logins_and_keeps_the_own(
    visitor_class: type[Visitor], ada: User, sign_in: SignIn
) -> None:
    phone, browser, visitor = sign_in(ada), page_login(ada), visitor_class()
    visitor.login()

    visitor.change(PASSWORD, NEW)

    assert visitor.is_in()
    assert not is_signed_in(phone)
    assert not can_refresh(phone)
    assert not sees_account(browser)
    assert visitor_class().is_refused(visitor_class().login())


@at_both_doors
def test_sc_072_a_reset_ends_all_logins_and_lets_nobody_in(
    visitor_class: type[Visitor], ada: User, sign_in: SignIn
) -> None:
    secret = generate_totp_secret()
    phone, browser = sign_in(ada), page_login(ada)
    TOTP.activate(ada, secret)
    visitor, begun_at = visitor_class(), timezone.now()
    visitor.ask_reset()

    visitor.reset(NEW)

    assert has_password(NEW)
    assert not visitor.is_in()
    assert not is_signed_in(phone)
    assert not can_refresh(phone)
    assert not sees_account(browser)
    visitor.login(password=NEW)
    assert not visitor.is_in()  # the second factor is still asked for
    assert code_of(login(Api(), password=NEW)) == "mfa_required"
    assert AuthSession.objects.get().created_at < begun_at  # the phone's, and dead


@at_both_doors
def test_sc_076_an_address_is_changed_after_a_proof_and_by_its_code(
    visitor_class: type[Visitor], ada: User
) -> None:
    now = timezone.now()
    with time_machine.travel(now, tick=False) as clock:
        visitor = visitor_class()
        visitor.login()
        # A login on a page is a proof of its own; the access token lives as long as that.
        is_page = visitor_class is PageVisitor
        clock.move_to(now + timedelta(minutes=5, seconds=1 if is_page else -1))
        assert asks_for_a_proof(ask_address(visitor))
        assert not mail.outbox

        proved(visitor)
        ask_address(visitor)

        assert visitor_class().is_refused(visitor_class().login(OTHER))
        before = visitor_class()
        before.login()
        assert before.is_in()
        confirm_address(visitor, last_code(OTHER))

        assert User.objects.get().email == OTHER
        assert visitor_class().is_refused(visitor_class().login(ADDRESS))
        for address in (ADDRESS, OTHER):
            assert f"from {ADDRESS} to {OTHER}" in last_mail(address)


@at_both_doors
def test_sc_077_a_taken_address_looks_free_and_is_never_won(
    visitor_class: type[Visitor], ada: User, make_user: MakeUser
) -> None:
    bob = make_user("bob")
    visitor = visitor_class()
    visitor.login()
    proved(visitor)
    free = ask_address(visitor)
    other = visitor_class()
    other.login()
    proved(other)

    taken = ask_address(other, bob.email)

    assert taken.status_code == free.status_code
    assert taken.get("Location") == free.get("Location")
    wrong = [confirm_address(v, "WRON-GONE") for v in (visitor, other)]
    assert wrong[0].status_code == wrong[1].status_code
    # Even with the code, which only Bob has.
    confirm_address(other, last_code(bob.email))
    assert EmailAddress.objects.get(email=bob.email).user == bob
    assert User.objects.get(pk=ada.pk).email == ADDRESS


@at_both_doors
def test_sc_080_a_proof_is_good_for_five_minutes_and_its_own_login(
    visitor_class: type[Visitor], ada: User
) -> None:
    now = timezone.now()
    with time_machine.travel(now, tick=False) as clock:
        mine, other = visitor_class(), visitor_class()
        mine.login()
        other.login()
        for minutes in (4, 8):  # the tokens of the API live for five
            clock.move_to(now + timedelta(minutes=minutes))
            renew(mine)
            renew(other)
        assert asks_for_a_proof(ask_address(mine))
        proved(mine)

        assert asks_for_a_proof(ask_address(other))
        assert not asks_for_a_proof(ask_address(mine))
        clock.move_to(now + timedelta(minutes=12, seconds=50))
        renew(mine)
        assert not asks_for_a_proof(ask_address(mine, "a@example.com"))
        clock.move_to(now + timedelta(minutes=13, seconds=1))
        assert asks_for_a_proof(ask_address(mine, "b@example.com"))


def renew(visitor: Visitor) -> None:
    if isinstance(visitor, ApiVisitor):
        answer = visitor._post("refresh", refresh=visitor.refresh)
        visitor.refresh = answer.json()["refresh"]


def test_sc_078_a_page_saves_settings_alone(ada: User) -> None:
    browser, before = page_login(ada), User.objects.values().get(pk=ada.pk)
    form = {"name": "Ada", "timezone": "UTC"}
    powers = {
        "email": OTHER,
        "is_staff": "on",
        "is_superuser": "on",
        "is_active": "",
        "id": "00000000-0000-0000-0000-000000000001",
        "last_login": "2000-01-01",
        "password": "x",
        "has_second_factor": "on",
    }

    answer = browser.post("/accounts/profile/", {**form, **powers})

    assert answer.status_code == HTTPStatus.FOUND
    after = User.objects.values().get(pk=ada.pk)
    assert after["name"] == "Ada"
    # The login of this browser came before `before` was read.
    assert {**after, "name": before["name"]} == before


def test_sc_059_a_page_ends_no_login_of_another(
    ada: User, outsider: User, sign_in: SignIn
) -> None:
    browser, phone = page_login(ada), sign_in(outsider)
    theirs = AuthSession.objects.get(user=outsider)

    answer = browser.post("/accounts/sessions/", {"end": str(theirs.pk)})

    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert is_signed_in(phone)


def test_sc_064_a_login_on_a_page_changes_the_key(ada: User) -> None:
    browser = Browser()
    browser.get("/accounts/login/")
    session = browser.session
    session["seen"] = True
    session.save()
    before = browser.session.session_key

    browser.post("/accounts/login/", {"login": ADDRESS, "password": PASSWORD})

    assert browser.session.session_key != before
    thief = Browser()
    thief.cookies["sessionid"] = before
    assert not sees_account(thief)
    assert sees_account(browser)
