"""Whose address is whose: small and capital letters are one, look-alikes are two."""

from http import HTTPStatus

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from accounts.models import User, normalize_email
from accounts.tests.conftest import CODE, Browser, SignIn, code_of
from accounts.tests.visitors import PageVisitor, Visitor, at_both_doors
from conftest import PASSWORD, MakeUser

KATE = "kate@silk.example"
NO_ADDRESSES = [
    "\u212aate@silk.example",  # the Kelvin sign, whose small letter is k
    "kate@sil\u212a.example",
    "kate@\u017filk.example",  # the long s, whose capital is S
    "\u0130\u0131@silk.example",  # Turkish: the small one of the first is i
    "kate@\uff53ilk.example",  # full width
    "k\u0430te@silk.example",  # Cyrillic
]
# Other people may have these domains.
LOOKALIKES = [*NO_ADDRESSES, "kate@s\u0131lk.example", "kate@s\u0456lk.example"]


@pytest.fixture
def kate(make_user: MakeUser) -> User:
    user = make_user("kate")
    user.emailaddress_set.update(email=KATE)
    user.email = KATE
    user.save()
    return user


@at_both_doors
def test_sc_021_ascii_letters_have_no_case(
    visitor_class: type[Visitor], kate: User
) -> None:
    visitor = visitor_class()

    visitor.login("KATE@Silk.EXAMPLE")

    assert visitor.is_in()
    visitor_class().ask_reset("Kate@SILK.example")
    assert [m.to for m in mail.outbox] == [[KATE]]


@at_both_doors
@pytest.mark.parametrize("address", LOOKALIKES, ids=ascii)
def test_sc_021_a_lookalike_is_somebody_else(
    visitor_class: type[Visitor], kate: User, address: str
) -> None:
    assert normalize_email(address) != KATE
    visitor = visitor_class()
    visitor.login(address)
    assert not visitor.is_in()

    visitor.ask_reset(address)
    visitor_class().register(address, PASSWORD)

    assert KATE not in [to for message in mail.outbox for to in message.to]
    kate.refresh_from_db()
    assert kate.email == KATE
    assert User.objects.filter(email=KATE).count() == 1


@pytest.mark.parametrize("address", NO_ADDRESSES, ids=ascii)
def test_sc_021_what_unicode_would_turn_into_ascii_is_no_address(
    address: str, staff: User
) -> None:
    """Wherever an address is written."""
    page, desk = PageVisitor(), Browser()
    desk.force_login(staff)
    new_user = {"email": address, "usable_password": "false"}

    assert "errorlist" in page.register(address).text
    assert "errorlist" in page.ask_reset(address).text
    answer = desk.post("/admin/accounts/user/add/", new_user)
    assert "errorlist" in answer.text
    with pytest.raises(ValidationError):
        User(email=address).clean_fields(exclude=["password"])
    with pytest.raises(CommandError):
        call_command("create_admin", address, generate=True)
    assert User.objects.count() == 1


@at_both_doors
def test_sc_021_an_address_is_kept_in_one_spelling(
    visitor_class: type[Visitor], db: None
) -> None:
    """Composed or not, as keyboards differ: one mailbox, one account, one login."""
    composed, decomposed = "ada@m\u00fcnchen.example", "ADA@Mu\u0308nchen.example"
    visitor = visitor_class()

    visitor.register(decomposed)
    visitor_class().register(composed)

    assert User.objects.get().email == composed
    assert EmailAddress.objects.get().email == composed
    mails = [message for message in mail.outbox if CODE.search(message.body)]
    visitor.enter(CODE.search(mails[0].body)[1])
    assert visitor.is_in()
    for spelling in (composed, decomposed):
        again = visitor_class()
        again.login(spelling)
        assert again.is_in()


def test_sc_021_nobody_changes_to_a_lookalike(sign_in: SignIn, kate: User) -> None:
    client = sign_in(kate)
    client.post("/auth/reauthenticate", {"password": PASSWORD})

    answer = client.post("/auth/email", {"email": NO_ADDRESSES[0]})

    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert code_of(answer) == "invalid"
    assert not mail.outbox


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (" Ada@Example.COM ", "ada@example.com"),
        ("ada@m\u00fcnchen.example", "ada@m\u00fcnchen.example"),
        ("ada@M\u00dcNCHEN.example", "ada@m\u00fcnchen.example"),
        ("ada@mu\u0308nchen.example", "ada@m\u00fcnchen.example"),  # composed
        ("ada@stra\u00dfe.example", "ada@stra\u00dfe.example"),
    ],
)
def test_one_spelling_for_each_mailbox(written: str, kept: str, db: None) -> None:
    assert normalize_email(written) == kept
    User(email=kept).clean_fields(exclude=["password"])
