"""The code that proves an address: bound to its flow, three attempts, ten minutes, one mail."""

import re
from datetime import timedelta
from http import HTTPStatus

import pytest
import time_machine
from allauth.account import app_settings
from allauth.account.app_settings import AppSettings
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.core import mail
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.conftest import ADDRESS, Api, Browser, last_code, last_mail
from accounts.tests.races import at_once
from accounts.tests.test_code_guesses import with_cookie
from accounts.tests.visitors import (
    PAGE_OF_CODES,
    ApiVisitor,
    PageVisitor,
    Visitor,
    at_both_doors,
)
from conftest import PASSWORD, MakeUser

WRONG = "WRON-GONE"
VARYING = re.compile(
    r'"flow": ?"[^"]*"|name="csrfmiddlewaretoken" value="\w+"|"request_id": ?"\w+"'
)


def is_verified() -> bool:
    return EmailAddress.objects.get(email=ADDRESS).verified


def said(answer: HttpResponse, address: str) -> tuple[int, str | None, str]:
    """What the answer tells whoever knows that they wrote `address`."""
    text = VARYING.sub("", answer.text).replace(address, "")
    return answer.status_code, answer.get("Location"), text


@at_both_doors
def test_sc_009_a_code_is_for_the_flow_that_asked_for_it(
    visitor_class: type[Visitor], db: None
) -> None:
    visitor_class().register()
    code = last_code()
    other, nobody = visitor_class(), visitor_class()
    other.register("eve@example.com")

    answers = [other.enter(code), nobody.enter(code)]

    assert {a.status_code for a in answers} <= {200, 302, 400, 401}
    assert not other.is_in()
    assert not nobody.is_in()
    assert not is_verified()


@at_both_doors
def test_sc_010_after_three_wrong_codes_the_right_one_is_refused(
    visitor_class: type[Visitor], db: None
) -> None:
    visitor = visitor_class()
    visitor.register()
    for _ in range(3):
        visitor.enter(WRONG)

    visitor.enter(last_code())

    assert not visitor.is_in()
    assert not is_verified()


@pytest.mark.django_db(transaction=True)
def test_sc_010_thirty_wrong_codes_at_once_are_three() -> None:
    visitor = ApiVisitor()
    visitor.register()

    answers = at_once(30, lambda: same_flow(visitor).enter(WRONG))

    statuses = [a.status_code for a in answers]
    assert statuses.count(HTTPStatus.BAD_REQUEST) <= 3
    assert set(statuses) <= {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.CONFLICT,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
    assert visitor.enter(last_code()).status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert not is_verified()


def same_flow(visitor: ApiVisitor) -> ApiVisitor:
    other = ApiVisitor()
    other.flow = visitor.flow
    return other


@at_both_doors
def test_sc_011_a_new_code_replaces_the_old_one(
    visitor_class: type[Visitor], db: None
) -> None:
    visitor = visitor_class()
    visitor.register()
    old = last_code()

    visitor.resend()

    assert last_code() != old
    visitor.enter(old)
    assert not is_verified()
    visitor.enter(last_code())
    assert visitor.is_in()


@at_both_doors
def test_sc_011_there_are_three_mails_and_no_more(
    visitor_class: type[Visitor], db: None
) -> None:
    visitor = visitor_class()
    visitor.register()
    for minute in range(1, 6):
        cache.clear()  # as if the window had passed, which Redis measures
        with time_machine.travel(timezone.now() + timedelta(minutes=minute)):
            visitor.resend()

    assert len(mail.outbox) == 1 + app_settings.EMAIL_VERIFICATION_MAX_RESEND_COUNT == 3


@at_both_doors
def test_sc_012_a_code_is_worth_nothing_after_ten_minutes(
    visitor_class: type[Visitor], db: None
) -> None:
    visitor = visitor_class()
    visitor.register()

    with time_machine.travel(timezone.now() + timedelta(seconds=601)):
        answer = visitor.enter(last_code())

        assert answer.status_code in {
            HTTPStatus.FOUND,
            HTTPStatus.UNAUTHORIZED,
            HTTPStatus.CONFLICT,
        }
        assert not visitor.is_in()
    assert not is_verified()


@at_both_doors
def test_sc_012_within_ten_minutes_it_is_right(
    visitor_class: type[Visitor], db: None
) -> None:
    visitor = visitor_class()
    visitor.register()

    with time_machine.travel(timezone.now() + timedelta(seconds=590)):
        visitor.enter(last_code())

    assert is_verified()


def test_sc_012_no_code_lives_longer_than_ten_minutes() -> None:
    names = [name for name in dir(AppSettings) if name.endswith("CODE_TIMEOUT")]
    assert "EMAIL_VERIFICATION_BY_CODE_TIMEOUT" in names

    assert all(getattr(app_settings, name) <= 600 for name in names)


@at_both_doors
@pytest.mark.parametrize("verified", [True, False])
def test_sc_013_no_step_tells_a_taken_address_from_a_new_one(
    visitor_class: type[Visitor], make_user: MakeUser, verified: bool
) -> None:
    make_user("ada", verified=verified)
    answers: dict[str, list[object]] = {ADDRESS: [], "new@example.com": []}
    for address, found in answers.items():
        visitor = visitor_class()
        steps = [
            visitor.register(address),
            visitor.enter(WRONG),
            visitor.resend(),
            visitor.resend(),
            visitor.enter(WRONG),
            visitor.enter(WRONG),
            visitor.enter(WRONG),
            visitor.resend(),
        ]
        found += [said(answer, address) for answer in steps]

    assert answers[ADDRESS] == answers["new@example.com"]


@at_both_doors
def test_sc_014_what_would_be_a_link_proves_nothing(
    visitor_class: type[Visitor], db: None
) -> None:
    """allauth's links need no flow, and prove the address of whoever registered it first."""
    visitor = visitor_class()
    visitor.register()
    key = EmailConfirmationHMAC.create(EmailAddress.objects.get()).key
    address = f"/accounts/confirm-email/{key}/"

    visitor.enter(key)
    for browser in (Browser(), visitor.client):
        browser.get(address, follow=True)
        browser.post(address)

    assert not is_verified()
    assert "confirm-email/" not in last_mail()


@at_both_doors
def test_sc_015_resending_tells_nothing_and_sends_one_mail(
    visitor_class: type[Visitor], make_user: MakeUser
) -> None:
    make_user("verified")
    make_user("unverified", verified=False)
    answers = []
    for name in ("unknown", "verified", "unverified"):
        address = f"{name}@example.com"
        visitor = visitor_class()
        visitor.register(address)
        mail.outbox.clear()

        first, second = visitor.resend(), visitor.resend()

        answers.append((said(first, address), said(second, address)))
        assert second.status_code == HTTPStatus.TOO_MANY_REQUESTS
        assert 0 < int(second["Retry-After"]) <= 10
        assert len([m for m in mail.outbox if m.to == [address]]) <= 1

    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0][0] in {HTTPStatus.ACCEPTED, HTTPStatus.FOUND}


@pytest.mark.django_db(transaction=True)
def test_sc_015_eight_resends_at_once_send_one_mail() -> None:
    visitor = ApiVisitor()
    visitor.register()
    mail.outbox.clear()

    answers = at_once(8, lambda: same_flow(visitor).resend())

    statuses = sorted(a.status_code for a in answers)
    assert statuses == [HTTPStatus.ACCEPTED] + [HTTPStatus.TOO_MANY_REQUESTS] * 7
    assert len(mail.outbox) == 1
    assert visitor.enter(last_code()).status_code == HTTPStatus.OK


@pytest.mark.django_db(transaction=True)
def test_sc_015_eight_resends_at_once_on_the_page_send_one_mail() -> None:
    visitor = PageVisitor()
    visitor.register()
    key = visitor.client.session.session_key
    mail.outbox.clear()

    answers = at_once(
        8, lambda: with_cookie(key).post(PAGE_OF_CODES, {"action": "resend"})
    )

    statuses = sorted(a.status_code for a in answers)
    assert statuses == [HTTPStatus.FOUND] + [HTTPStatus.TOO_MANY_REQUESTS] * 7
    assert len(mail.outbox) == 1
    visitor.enter(last_code())
    assert visitor.is_in()


@pytest.mark.django_db(transaction=True)
def test_sc_016_two_accounts_cannot_both_confirm_one_address_on_pages() -> None:
    waiting: list[tuple[Client, str]] = []
    for name in ("first", "second"):
        user = User.objects.create_user(f"{name}@example.com", f"{name}-{PASSWORD}")
        EmailAddress.objects.create(user=user, email=ADDRESS)
        visitor = PageVisitor()
        visitor.login(ADDRESS, f"{name}-{PASSWORD}")
        waiting.append((visitor.client, last_code()))
    browsers = [browser for browser, _ in waiting]

    def enter() -> HttpResponse:
        browser, code = waiting.pop()
        return browser.post(PAGE_OF_CODES, {"code": code})

    answers = at_once(2, enter)

    assert all(a.status_code < HTTPStatus.INTERNAL_SERVER_ERROR for a in answers)
    assert EmailAddress.objects.filter(email=ADDRESS, verified=True).count() == 1
    signed_in = [b for b in browsers if "_auth_user_id" in b.session]
    assert len(signed_in) == 1


@at_both_doors
def test_sc_017_who_registers_the_address_of_another_never_gets_in(
    visitor_class: type[Visitor], db: None
) -> None:
    """Whatever the owner of the mailbox does but hand over the code."""
    attacker, flows = visitor_class(), []
    attacker.register(password="the-attackers-password")
    seen_by_the_owner = last_code()
    for _ in range(2):
        flows.append(visitor_class())
        flows[-1].login(password="the-attackers-password")

    # Tries to register: the mail says that there is an account, so asks for a password.
    visitor_class().register(password="the-owners-password")
    assert "already" in last_mail()
    owner = visitor_class()
    owner.ask_reset()
    owner.reset("the-owners-password")
    assert not is_verified()
    owner.login(password="the-owners-password")
    owner.enter(last_code())

    assert owner.is_in()
    assert is_verified()
    for other in (attacker, *flows):
        assert not other.is_in()
        other.login(password="the-attackers-password")
        assert not other.is_in()
        other.enter(seen_by_the_owner)  # even that: it is too late for this one
        assert not other.is_in()


def test_sc_017_a_change_of_address_does_not_prove_it_for_another(api: Api) -> None:
    """The owner adds the address to an account of theirs: the attacker's stays unproved."""
    attacker = ApiVisitor()
    attacker.register(password="the-attackers-password")
    owner = ApiVisitor()
    owner.register("owner@example.com")
    owner.enter(last_code("owner@example.com"))
    owner.client.post("/auth/reauthenticate", {"password": PASSWORD})
    owner.client.post("/auth/email", {"email": ADDRESS})

    answer = attacker.login(password="the-attackers-password")

    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert not attacker.is_in()
    assert not is_verified()


@at_both_doors
def test_a_code_whose_account_is_gone_is_refused(
    visitor_class: type[Visitor], db: None
) -> None:
    visitor = visitor_class()
    visitor.register()
    User.objects.all().delete()

    answer = visitor.enter(last_code())

    assert "This login has ended" in answer.text
    assert not visitor.is_in()


@at_both_doors
def test_a_code_whose_address_is_proved_already_is_refused(
    visitor_class: type[Visitor], make_user: MakeUser
) -> None:
    """Two logins wait for their codes, on two devices; the second may sign in again."""
    make_user("ada", verified=False)
    phone, laptop = visitor_class(), visitor_class()
    phone.login()
    code = last_code()
    laptop.login()
    laptop.enter(last_code())
    assert laptop.is_in()

    answer = phone.enter(code)

    assert answer.status_code in {HTTPStatus.FOUND, HTTPStatus.CONFLICT}
    assert not phone.is_in()
    phone.login()
    assert phone.is_in()
