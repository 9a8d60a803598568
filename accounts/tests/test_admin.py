"""The admin: who gets in, and what staff can do there."""

import io
from http import HTTPStatus
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from accounts import demo
from accounts.models import AuthSession, User
from accounts.tests.conftest import Browser, SignIn
from accounts.tests.test_login import totp_code
from accounts.tests.test_logout import is_signed_in, page_login, sees_account
from conftest import PASSWORD
from saas.environment import Reader


@pytest.fixture
def desk(browser: Browser, staff: User) -> Browser:
    browser.force_login(staff)
    return browser


def test_sc_031_the_admin_sends_to_the_account_login(browser: Browser) -> None:
    inside = browser.get("/admin/accounts/user/", follow=True)
    answer = browser.get("/admin/login/?next=/admin/")

    assert inside.redirect_chain[-1][0].startswith("/accounts/login/")
    assert answer.status_code == HTTPStatus.FOUND
    assert answer["Location"].startswith("/accounts/login/")


def test_sc_031_the_admin_takes_no_password_itself(
    browser: Browser, staff: User
) -> None:
    form = {"username": staff.email, "password": PASSWORD}

    answer = browser.post("/admin/login/", form)

    assert answer["Location"].startswith("/accounts/login/")
    assert "sessionid" not in browser.cookies


def test_sc_031_the_admin_is_behind_the_second_factor(
    browser: Browser, staff: User
) -> None:
    secret = generate_totp_secret()
    TOTP.activate(staff, secret)
    form = {"login": staff.email, "password": PASSWORD, "next": "/admin/"}

    asked = browser.post("/accounts/login/", form)
    too_early = browser.get("/admin/")
    proof = {"code": totp_code(secret)}
    done = browser.post(asked["Location"], proof)

    assert asked["Location"].startswith("/accounts/2fa/authenticate/")
    assert too_early.status_code == HTTPStatus.FOUND
    assert done["Location"] == "/admin/"
    assert browser.get("/admin/").status_code == HTTPStatus.OK


def test_sc_067_the_admin_changes_no_password_itself(
    desk: Browser, staff: User
) -> None:
    new = "a-new-long-password"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}

    answers = [
        desk.get("/admin/password_change/"),
        desk.post("/admin/password_change/", form),
    ]

    for answer in answers:
        assert answer.status_code == HTTPStatus.FOUND
        assert answer["Location"] == "/accounts/password/change/"
    staff.refresh_from_db()
    assert staff.check_password(PASSWORD)


def test_sc_031_who_is_no_staff_gets_403(ada: User) -> None:
    browser = page_login(ada)

    inside = browser.get("/admin/accounts/user/", follow=True)

    assert inside.status_code == HTTPStatus.FORBIDDEN
    assert browser.get("/admin/login/").status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize(
    "path",
    [
        "/admin/accounts/user/",
        "/admin/accounts/user/add/",
        "/admin/accounts/user/{user}/change/",
        "/admin/accounts/user/{user}/password/",
        "/admin/accounts/user/?q=ada",
        "/admin/accounts/authsession/",
        "/admin/accounts/authsession/?q=ada",
        "/admin/accounts/authsession/{session}/change/",
    ],
)
def test_the_pages_of_the_admin_open(
    desk: Browser, sign_in: SignIn, ada: User, path: str
) -> None:
    sign_in(ada)
    session = AuthSession.objects.get()

    answer = desk.get(path.format(user=ada.pk, session=session.pk))

    assert answer.status_code == HTTPStatus.OK
    assert session.session_key not in answer.content.decode()


def test_an_address_is_read_only(desk: Browser, ada: User) -> None:
    form = {
        "email": "root@example.com",
        "name": "Ada L.",
        "locale": "en",
        "timezone": "UTC",
        "is_active": "on",
        "emailaddress_set-TOTAL_FORMS": 0,
        "emailaddress_set-INITIAL_FORMS": 0,
    }

    answer = desk.post(f"/admin/accounts/user/{ada.pk}/change/", form)

    assert answer.status_code == HTTPStatus.FOUND
    ada.refresh_from_db()
    assert ada.name == "Ada L."
    assert ada.email == "ada@example.com"


def test_sc_093_a_name_is_one_line_in_the_admin_too(desk: Browser, ada: User) -> None:
    form = {
        "name": "a\r\nBcc: evil",
        "locale": "en",
        "timezone": "UTC",
        "is_active": "on",
        "emailaddress_set-TOTAL_FORMS": 0,
        "emailaddress_set-INITIAL_FORMS": 0,
    }

    answer = desk.post(f"/admin/accounts/user/{ada.pk}/change/", form)

    assert "line breaks are not allowed" in answer.content.decode()
    ada.refresh_from_db()
    assert ada.name == "ada"


def test_a_user_added_by_staff_has_to_prove_the_address(desk: Browser) -> None:
    form = {
        "email": "New@Example.com",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }

    answer = desk.post("/admin/accounts/user/add/", form)

    assert answer.status_code == HTTPStatus.FOUND
    address = EmailAddress.objects.get(user__email="new@example.com")
    assert not address.verified


def act(desk: Browser, model: str, action: str, pk: Any) -> None:
    form = {"action": action, "_selected_action": [str(pk)]}
    answer = desk.post(f"/admin/accounts/{model}/", form)
    assert answer.status_code == HTTPStatus.FOUND


def test_staff_can_end_one_login(desk: Browser, sign_in: SignIn, ada: User) -> None:
    phone, laptop = sign_in(ada), sign_in(ada)
    session = AuthSession.objects.order_by("created_at").first()

    act(desk, "authsession", "end", session.pk)

    assert not is_signed_in(phone)
    assert is_signed_in(laptop)


def test_staff_can_end_all_logins(desk: Browser, sign_in: SignIn, ada: User) -> None:
    phone, page = sign_in(ada), page_login(ada)

    act(desk, "user", "end_all_logins", ada.pk)

    assert not is_signed_in(phone)
    assert not sees_account(page)


def test_sc_005_one_user_per_address_whoever_writes_it(
    desk: Browser, ada: User, db: None
) -> None:
    form = {
        "email": "ADA@example.com",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    assert desk.post("/admin/accounts/user/add/", form).status_code == HTTPStatus.OK
    Browser().post(
        "/accounts/signup/", {"email": "ADA@example.com", "password1": PASSWORD}
    )
    with pytest.raises(CommandError):
        call_command("create_admin", "ADA@example.com", generate=True)
    with pytest.raises(CommandError):
        call_command("createsuperuser", email="ADA@example.com", interactive=False)

    assert User.objects.filter(email__iexact="ada@example.com").count() == 1


def test_sc_005_the_database_refuses_a_second_spelling(ada: User) -> None:
    for email in ("ada@example.com", "ADA@example.com"):
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.bulk_create([User(email=email)])
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.update(email="ADA@example.com")


def test_sc_032_create_admin_makes_somebody_who_can_sign_in(db: None) -> None:
    out = io.StringIO()

    call_command("create_admin", "Root@Example.com", generate=True, stdout=out)

    password = out.getvalue().rsplit("Password: ", 1)[1].strip()
    root = User.objects.get()
    assert (root.email, root.is_superuser) == ("root@example.com", True)
    assert page_login(root, password).get("/admin/").status_code == HTTPStatus.OK


@pytest.mark.parametrize("password", ["short", "root@example.com"])
def test_create_admin_refuses_a_weak_password(
    db: None, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))

    with pytest.raises(CommandError):
        call_command("create_admin", "root@example.com", password_stdin=True)

    assert not User.objects.exists()


def test_create_admin_refuses_what_is_no_address(db: None) -> None:
    with pytest.raises(CommandError):
        call_command("create_admin", "root", generate=True)


def test_a_new_signing_key_fits_the_setting() -> None:
    out = io.StringIO()
    call_command("create_signing_key", stdout=out)

    reader = Reader({"JWT_SIGNING_KEYS": out.getvalue().strip()})
    keys = reader.signing_keys("JWT_SIGNING_KEYS", development=[])
    assert [len(key) for key in keys] == [32]
    assert not reader.missing


def test_the_demo_can_be_seeded_twice(db: None) -> None:
    said: list[str] = []

    demo.seed(said.append)
    demo.seed(said.append)

    assert len(said) == 3
    for email, password, _ in demo.PEOPLE:
        page_login(User.objects.get(email=email), password)


def test_a_login_is_titled_by_its_address(
    desk: Browser, sign_in: SignIn, ada: User
) -> None:
    sign_in(ada)
    session = AuthSession.objects.get()

    told = desk.get(f"/admin/accounts/authsession/{session.pk}/change/")

    assert f"Login of {ada.email} at" in told.content.decode()
