"""The key in the link of a reset: the only key that is mailed, and what it does not do."""

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus

import pytest
import time_machine
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, User
from accounts.tests.conftest import Api, Browser, bearer, code_of, last_code, login
from accounts.tests.races import at_once
from accounts.tests.test_logout import page_login
from conftest import PASSWORD, MakeUser

NEW = "a-new-long-password"
OTHER = "lovelace@example.com"
Use = Callable[[str], HttpResponse]


class ForeignGenerator(PasswordResetTokenGenerator):
    """As another feature of the product would make its keys."""

    key_salt = "another.purpose"


def in_the_api(key: str) -> HttpResponse:
    body = {"key": key, "password": NEW}
    return Api().post("/auth/password/reset/confirm", body)


def on_the_page(key: str) -> HttpResponse:
    browser = Browser()
    page = browser.get(f"/accounts/password/reset/key/{key}/", follow=True)
    path = page.request["PATH_INFO"]
    return browser.post(path, {"password1": NEW, "password2": NEW})


def key_of(user: User, generator: PasswordResetTokenGenerator) -> str:
    return f"{user_pk_to_url_str(user)}-{generator.make_token(user)}"


def altered(key: str) -> str:
    return key[:-1] + ("a" if key[-1] != "a" else "b")


def by_a_login_in_the_api(user: User) -> None:
    assert login(Api()).status_code == HTTPStatus.OK


def by_a_login_on_a_page(user: User) -> None:
    page_login(user)


def by_another_address_in_the_api(user: User) -> None:
    client = Api()
    bearer(client, login(client).json()["access"])
    client.post("/auth/reauthenticate", {"password": PASSWORD})
    client.post("/auth/email", {"email": OTHER})
    answer = client.post("/auth/email/confirm", {"code": last_code(OTHER)})
    assert answer.status_code == HTTPStatus.OK


def by_another_address_alone(user: User) -> None:
    """Without the login that a change takes, as support does it."""
    User.objects.filter(pk=user.pk).update(email=OTHER)
    user.emailaddress_set.update(email=OTHER)


def by_another_password(user: User) -> None:
    user.set_password(PASSWORD)  # another hash of the same
    user.save()


def is_changed(user: User) -> bool:
    return not User.objects.get(pk=user.pk).check_password(PASSWORD)


at_both = pytest.mark.parametrize("use", [in_the_api, on_the_page])


@at_both
def test_sc_014_a_reset_key_works_once(use: Use, ada: User) -> None:
    key = key_of(ada, default_token_generator)

    use(key)

    assert is_changed(ada)
    ada.set_password(PASSWORD)  # another hash of the same
    ada.save()
    again = use(key)
    assert not is_changed(ada)
    assert_is_refused(again)


@at_both
@pytest.mark.parametrize("kind", ["altered", "foreign salt", "of another"])
def test_sc_014_a_wrong_reset_key_is_refused(
    use: Use, ada: User, outsider: User, kind: str
) -> None:
    right = key_of(ada, default_token_generator)
    other = key_of(outsider, default_token_generator).partition("-")[2]
    wrong = {
        "altered": altered(right),
        "foreign salt": key_of(ada, ForeignGenerator()),
        "of another": f"{user_pk_to_url_str(ada)}-{other}",
    }

    answer = use(wrong[kind])

    assert_is_refused(answer)
    assert not is_changed(ada)


@at_both
@pytest.mark.parametrize(("seconds", "works"), [(3590, True), (3610, False)])
def test_sc_014_a_reset_key_lives_one_hour(
    use: Use, ada: User, seconds: int, works: bool
) -> None:
    key = key_of(ada, default_token_generator)

    with time_machine.travel(timezone.now() + timedelta(seconds=seconds)):
        use(key)

    assert is_changed(ada) == works


@at_both
@pytest.mark.parametrize(
    "spent",
    [
        by_a_login_in_the_api,
        by_a_login_on_a_page,
        by_another_address_in_the_api,
        by_another_address_alone,
        by_another_password,
    ],
)
def test_sc_071_a_reset_key_is_dead_after(
    use: Use, spent: Callable[[User], None], ada: User
) -> None:
    key = key_of(ada, default_token_generator)
    spent(ada)

    answer = use(key)

    assert_is_refused(answer)
    assert not is_changed(ada)


@at_both
def test_sc_071_a_reset_key_of_a_closed_account_opens_nothing(
    use: Use, ada: User
) -> None:
    key = key_of(ada, default_token_generator)
    ada.is_active = False
    ada.save()

    use(key)

    assert code_of(login(Api(), password=NEW)) in {
        "account_disabled",
        "invalid_credentials",
    }
    assert not User.objects.get(pk=ada.pk).is_active


@pytest.mark.django_db(transaction=True)
def test_sc_071_one_link_in_six_browsers_at_once_works_once(
    make_user: MakeUser,
) -> None:
    user = make_user("ada")
    key = key_of(user, default_token_generator)
    waiting = []
    for number in range(6):
        browser = Client()
        page = browser.get(f"/accounts/password/reset/key/{key}/", follow=True)
        waiting.append((browser, page.request["PATH_INFO"], f"a-new-password-{number}"))

    def set_one() -> HttpResponse:
        browser, path, password = waiting.pop()
        return browser.post(path, {"password1": password, "password2": password})

    answers = at_once(6, set_one)

    done = [
        a for a in answers if a.get("Location") == "/accounts/password/reset/key/done/"
    ]
    assert len(done) == 1
    assert all(a.status_code < HTTPStatus.INTERNAL_SERVER_ERROR for a in answers)
    user.refresh_from_db()
    matches = [n for n in range(6) if user.check_password(f"a-new-password-{n}")]
    assert len(matches) == 1


def test_sc_014_to_open_the_link_changes_nothing(ada: User) -> None:
    """As programs do that look into mails before people."""
    key = key_of(ada, default_token_generator)
    for _ in range(3):
        page = Browser().get(f"/accounts/password/reset/key/{key}/", follow=True)
        assert page.status_code == HTTPStatus.OK

    assert not is_changed(ada)
    in_the_api(key)
    assert is_changed(ada)


@pytest.mark.parametrize("use", [in_the_api, on_the_page])
@pytest.mark.parametrize("is_deleted", [False, True])
def test_sc_107_a_wrong_key_leaves_a_row_of_nobody_as_well(
    ada: User, use: Use, is_deleted: bool
) -> None:
    key = altered(key_of(ada, default_token_generator))
    if is_deleted:
        ada.delete()

    assert_is_refused(use(key))

    rows = AuditEvent.objects.filter(event="code.rejected", factor="reset_link")
    assert {row.user_id for row in rows} == {ada.pk}  # None when deleted
    tries = 1 if use is in_the_api else 2  # the page is opened, and sent
    assert len(rows) == tries


def assert_is_refused(answer: HttpResponse) -> None:
    if answer["Content-Type"] == "application/json":
        assert answer.status_code == HTTPStatus.BAD_REQUEST
        assert code_of(answer) == "invalid_password_reset"
    else:
        assert answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
