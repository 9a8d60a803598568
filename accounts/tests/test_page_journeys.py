"""Journeys over the account pages: they and the API share one state."""

import re
from http import HTTPStatus

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail

from accounts.models import AuthSession, User
from accounts.tests.conftest import (
    ADDRESS,
    CODE,
    Api,
    Browser,
    SignIn,
    code_of,
    last_code,
    last_link,
    last_mail,
    login,
    register,
)
from accounts.tests.pages import in_the_design, reauthenticated, signup
from accounts.tests.test_login import totp_code
from accounts.tests.test_logout import is_signed_in, page_login, sees_account
from conftest import PASSWORD, MakeUser

NEW = "a-new-long-password"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')


def test_a_second_factor_can_be_set_up_and_used_on_pages(ada: User) -> None:
    browser = reauthenticated(ada)
    page = browser.get("/accounts/2fa/totp/activate/")
    in_the_design(page)
    secret = page.context["form"].secret

    answer = browser.post(
        "/accounts/2fa/totp/activate/", {"code": totp_code(secret)}, follow=True
    )

    in_the_design(answer)
    in_the_design(browser.get("/accounts/2fa/"))
    in_the_design(browser.get("/accounts/2fa/totp/deactivate/"))
    in_the_design(browser.get("/accounts/2fa/recovery-codes/generate/"))
    assert code_of(login(Api())) == "mfa_required"
    in_the_design(browser.get("/accounts/2fa/reauthenticate/"))


def test_a_login_with_second_factor_on_pages(browser: Browser, ada: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(ada, secret)
    form = {"login": ada.email, "password": PASSWORD}

    asked = browser.post("/accounts/login/", form, follow=True)
    in_the_design(asked)
    assert not sees_account(browser)
    code = totp_code(secret)
    browser.post("/accounts/2fa/authenticate/", {"code": code})

    assert sees_account(browser)
    other = Browser()
    other.post("/accounts/login/", form)
    refused = other.post("/accounts/2fa/authenticate/", {"code": code})
    assert "it was used already" in in_the_design(refused)


def test_registered_on_a_page_signed_in_by_the_api(browser: Browser) -> None:
    answer = signup(browser)
    assert answer["Location"] == "/accounts/confirm-email/"
    in_the_design(browser.get("/accounts/confirm-email/"))
    assert code_of(login(Api())) == "email_not_verified"

    # That login has mailed a newer code, for its own flow; the page wants the first one.
    code = CODE.search(mail.outbox[0].body)[1]
    browser.post("/accounts/confirm-email/", {"code": code})

    assert sees_account(browser)
    assert login(Api()).status_code == HTTPStatus.OK


def test_registered_by_the_api_signed_in_on_a_page(api: Api) -> None:
    flow = register(api).json()["flow"]
    api.post("/auth/email/verify", {"flow": flow, "code": last_code()})

    page_login(User.objects.get(email=ADDRESS))


def test_a_taken_address_gets_the_same_page(browser: Browser, ada: User) -> None:
    fresh, taken = signup(Browser(), "new@example.com"), signup(browser)

    assert fresh.status_code == taken.status_code == HTTPStatus.FOUND
    assert fresh["Location"] == taken["Location"]
    assert "already" in last_mail()
    in_the_design(browser.get("/accounts/confirm-email/"))


def test_a_reset_on_pages(browser: Browser, sign_in: SignIn, ada: User) -> None:
    client = sign_in(ada)
    browser.post("/accounts/password/reset/", {"email": ADDRESS})
    path = last_link().partition("127.0.0.1:8000")[2]

    form = browser.get(path, follow=True)
    in_the_design(form)
    assert path not in form.redirect_chain[-1][0]
    done = browser.post(
        form.redirect_chain[-1][0], {"password1": NEW, "password2": NEW}, follow=True
    )

    in_the_design(done)
    assert not is_signed_in(client)
    assert not sees_account(browser)
    page_login(ada, NEW)
    in_the_design(Browser().get(path, follow=True))


def test_a_change_on_pages_ends_the_logins_of_the_api(
    sign_in: SignIn, ada: User
) -> None:
    client, browser = sign_in(ada), page_login(ada)

    answer = browser.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW},
    )

    assert answer.status_code == HTTPStatus.FOUND
    assert sees_account(browser)
    assert not is_signed_in(client)
    assert login(Api(), password=NEW).status_code == HTTPStatus.OK


def test_sc_019_a_page_does_not_tell_which_addresses_exist(
    people: dict[str, str], counted_hashes: list[str]
) -> None:
    pages, hashes = [], []
    for email in people.values():
        counted_hashes.clear()
        form = {"login": email, "password": "not-the-password"}
        html = in_the_design(Browser().post("/accounts/login/", form))
        hashes.append(len(counted_hashes))
        pages.append(TOKEN.sub("", html).replace(email, ""))

    assert hashes == [1, 1, 1]
    assert pages[0] == pages[1] == pages[2]
    assert "errorlist" in pages[0]


def test_sc_018_an_unverified_address_is_led_to_the_code(make_user: MakeUser) -> None:
    make_user("ada", verified=False)
    browser = Browser()

    answer = browser.post("/accounts/login/", {"login": ADDRESS, "password": PASSWORD})

    assert answer["Location"] == "/accounts/confirm-email/"
    assert not sees_account(browser)


def test_the_address_is_changed_by_the_code_alone(ada: User) -> None:
    browser = reauthenticated(ada)
    browser.post(
        "/accounts/email/", {"action_add": "", "email": "lovelace@example.com"}
    )
    assert User.objects.get(pk=ada.pk).email == ADDRESS

    code = last_code("lovelace@example.com")
    browser.post("/accounts/confirm-email/", {"code": code})

    assert User.objects.get(pk=ada.pk).email == "lovelace@example.com"
    assert [a.email for a in EmailAddress.objects.filter(user=ada)] == [
        "lovelace@example.com"
    ]
    assert "lovelace@example.com" in last_mail(ADDRESS)
    in_the_design(browser.get("/accounts/email/"))


def test_logout_is_a_post(ada: User) -> None:
    browser = page_login(ada)

    browser.get("/accounts/logout/")
    assert sees_account(browser)
    browser.post("/accounts/logout/")
    assert not sees_account(browser)


def test_page_logins_are_no_api_logins(ada: User) -> None:
    page_login(ada)

    assert not AuthSession.objects.exists()


def test_sessions_are_listed_with_the_ones_of_the_api(
    sign_in: SignIn, ada: User
) -> None:
    sign_in(ada)
    browser = page_login(ada)

    html = in_the_design(browser.get("/accounts/sessions/"))

    assert html.count("127.0.0.1") == 2
