"""Registering and signing in: what holds in the API holds on the pages."""

from http import HTTPStatus

import pytest
from allauth.account.models import EmailAddress
from django.core import mail

from accounts.models import AuthSession, User
from accounts.tests.conftest import ADDRESS, Api, Browser, SignIn, code_of, last_code
from accounts.tests.visitors import ApiVisitor, PageVisitor, Visitor, at_both_doors
from conftest import PASSWORD, MakeUser

SECOND = "second@example.com"
POWERS = {
    "id": "00000000-0000-0000-0000-000000000001",
    "is_staff": True,
    "is_superuser": True,
    "is_active": False,
    "email_verified": True,
    "verified": True,
    "role": "admin",
    "groups": [1],
    "created_at": "2000-01-01T00:00:00Z",
}


@at_both_doors
def test_sc_001_a_new_address_gets_one_mail_and_is_not_in(
    visitor_class: type[Visitor], db: None
) -> None:
    visitor = visitor_class()

    visitor.register()

    assert [m.to for m in mail.outbox] == [[ADDRESS]]
    assert not visitor.is_in()
    assert not EmailAddress.objects.get().verified
    assert not AuthSession.objects.exists()


@pytest.mark.parametrize("verified", [True, False])
def test_sc_002_a_page_answers_a_taken_address_like_a_new_one(
    make_user: MakeUser, verified: bool
) -> None:
    make_user("ada", verified=verified)
    browsers = [PageVisitor() for _ in range(3)]
    spellings = ["new@example.com", ADDRESS, "ADA@Example.com"]
    cast = zip(browsers, spellings, strict=True)

    new, *taken = [visitor.register(email) for visitor, email in cast]

    for answer in taken:
        assert answer.status_code == new.status_code == HTTPStatus.FOUND
        assert answer["Location"] == new["Location"]
        assert answer.headers.keys() == new.headers.keys()
        assert answer.cookies.keys() == new.cookies.keys()
    assert not any(visitor.is_in() for visitor in browsers)
    assert User.objects.filter(email=ADDRESS).count() == 1
    assert User.objects.count() == 2
    told = [message.body for message in mail.outbox if message.to == [ADDRESS]]
    assert len(told) == 2
    assert all("already" in body for body in told)


@at_both_doors
def test_sc_007_powers_cannot_be_registered(
    visitor_class: type[Visitor], db: None
) -> None:
    visitor = visitor_class()

    visitor.register(**POWERS)

    user = User.objects.get(email=ADDRESS)
    assert str(user.pk) != POWERS["id"]
    assert not user.is_staff
    assert not user.is_superuser
    assert user.is_active
    assert user.created_at.year != 2000
    assert not user.groups.exists()
    assert not EmailAddress.objects.get().verified
    assert not visitor.is_in()


@at_both_doors
def test_sc_008_registration_can_be_closed(
    visitor_class: type[Visitor], make_user: MakeUser, settings: object
) -> None:
    """To everybody in the same words: a taken address is not told apart."""
    make_user("taken")
    settings.SIGNUP_OPEN = False
    visitor = visitor_class()

    answers = [visitor.register(email) for email in (ADDRESS, "taken@example.com")]

    for answer in answers:
        if visitor_class is ApiVisitor:
            assert answer.status_code == HTTPStatus.FORBIDDEN
            assert code_of(answer) == "signup_closed"
        else:
            assert answer.status_code == HTTPStatus.OK
            assert "closed" in answer.text
    assert not mail.outbox
    assert User.objects.count() == 1


@at_both_doors
def test_sc_018_an_unverified_address_is_sent_to_its_code(
    visitor_class: type[Visitor], make_user: MakeUser
) -> None:
    make_user("ada", verified=False)
    visitor = visitor_class()

    wrong = visitor.login(password="not-the-password")
    assert visitor.is_refused(wrong)
    assert not mail.outbox
    visitor.login()
    assert not visitor.is_in()
    assert not AuthSession.objects.exists()
    visitor.enter(last_code())

    assert visitor.is_in()


@at_both_doors
def test_sc_020_a_closed_account_is_told_only_to_who_has_the_password(
    visitor_class: type[Visitor], make_user: MakeUser
) -> None:
    make_user("ada", is_active=False)
    visitor = visitor_class()

    wrong, right = visitor.login(password="not-the-password"), visitor.login()

    assert visitor.is_refused(wrong)
    if visitor_class is ApiVisitor:
        assert right.status_code == HTTPStatus.UNAUTHORIZED
        assert code_of(right) == "account_disabled"
        assert "access" not in right.json()
    else:
        assert right["Location"] == "/accounts/inactive/"
        assert "_auth_user_id" not in visitor.client.session
    assert not visitor.is_in()
    assert not AuthSession.objects.exists()


@at_both_doors
@pytest.mark.parametrize("asked_by", ["page", "api"])
def test_sc_026_an_address_that_waits_for_its_code_is_no_login(
    visitor_class: type[Visitor], ada: User, sign_in: SignIn, asked_by: str
) -> None:
    if asked_by == "api":
        client = sign_in(ada)
        client.post("/auth/reauthenticate", {"password": PASSWORD})
        client.post("/auth/email", {"email": SECOND})
    else:
        browser = Browser()
        form = {"login": ADDRESS, "password": PASSWORD}
        browser.post("/accounts/login/", form)
        browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
        browser.post("/accounts/email/", {"action_add": "", "email": SECOND})
    assert last_code(SECOND)
    visitor = visitor_class()

    answer = visitor.login(SECOND)

    assert visitor.is_refused(answer)
    assert not visitor.is_in()


@at_both_doors
def test_sc_026_nor_is_an_unconfirmed_one_that_was_imported(
    visitor_class: type[Visitor], ada: User
) -> None:
    ada.emailaddress_set.create(email=SECOND)
    visitor = visitor_class()
    before = AuthSession.objects.count()

    answer = visitor.login(SECOND)

    assert not visitor.is_in()
    assert AuthSession.objects.count() == before
    if visitor_class is ApiVisitor:
        assert code_of(answer) == "email_not_verified"
    else:
        assert answer["Location"] == "/accounts/confirm-email/"


def test_sc_027_no_secret_is_read_from_an_address(
    api: Api, sign_in: SignIn, ada: User
) -> None:
    client = sign_in(ada)
    access, refresh = client.tokens["access"], client.tokens["refresh"]
    query = f"?email={ADDRESS}&password={PASSWORD}&login={ADDRESS}"

    answers = [
        api.post(f"/auth/login{query}", {}),
        api.post(f"/auth/refresh?refresh={refresh}", {}),
        api.get(f"/auth/me?access={access}&token={access}&access_token={access}"),
    ]

    statuses = [HTTPStatus.BAD_REQUEST] * 2 + [HTTPStatus.UNAUTHORIZED]
    assert [a.status_code for a in answers] == statuses
    assert all("access" not in a.json() for a in answers)
    page = PageVisitor()
    page.client.post(f"/accounts/login/{query}")
    assert not page.is_in()
    assert page.client.get(f"/accounts/login/{query}").status_code == HTTPStatus.OK
    assert not page.is_in()


@at_both_doors
def test_sc_027_answers_of_a_login_are_not_stored(
    visitor_class: type[Visitor], ada: User
) -> None:
    visitor = visitor_class()

    for answer in (visitor.login(password="not-the-password"), visitor.login()):
        assert "no-store" in answer["Cache-Control"]


@at_both_doors
def test_sc_029_a_refused_login_costs_one_hash(
    visitor_class: type[Visitor], people: dict[str, str], counted_hashes: list[str]
) -> None:
    for email in people.values():
        counted_hashes.clear()
        visitor = visitor_class()
        assert visitor.is_refused(visitor.login(email, "not-the-password"))
        assert len(counted_hashes) == 1


@at_both_doors
def test_sc_003_a_registration_costs_one_hash(
    visitor_class: type[Visitor], counted_hashes: list[str], make_user: MakeUser
) -> None:
    make_user("ada")
    make_user("grace", verified=False)
    for name in ("new", "ada", "grace"):
        counted_hashes.clear()
        visitor_class().register(f"{name}@example.com")
        assert len(counted_hashes) == 1
