"""Which passwords are refused, and that those which are not are kept to the last byte.

The same on every surface where one can be set.
"""

import io
from collections.abc import Callable
from http import HTTPStatus

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from accounts.models import User
from accounts.passwords.guessable import GuessablePasswordValidator, words_of
from accounts.tests.conftest import ADDRESS, Browser
from accounts.tests.visitors import ApiVisitor, PageVisitor, Visitor, at_both_doors
from conftest import PASSWORD

Surface = Callable[[str], bool]


def person() -> User:
    user, is_new = User.objects.get_or_create(
        email=ADDRESS, defaults={"name": "Lovelace Byron"}
    )
    user.set_password(PASSWORD)
    user.save()
    if is_new:
        user.emailaddress_set.create(email=ADDRESS, primary=True, verified=True)
    return user


def desk() -> Browser:
    browser = Browser()
    staff = User.objects.filter(email="root@example.com").first()
    browser.force_login(staff or User.objects.create_superuser("root@example.com"))
    return browser


def register_in_the_api(password: str) -> bool:
    return ApiVisitor().register(password=password).status_code == HTTPStatus.ACCEPTED


def register_on_a_page(password: str) -> bool:
    return PageVisitor().register(password=password).status_code == HTTPStatus.FOUND


def change_in_the_api(password: str) -> bool:
    visitor = ApiVisitor()
    visitor.login(person().email)
    return visitor.change(PASSWORD, password).status_code == HTTPStatus.OK


def change_on_a_page(password: str) -> bool:
    visitor = PageVisitor()
    visitor.login(person().email)
    return visitor.change(PASSWORD, password).status_code == HTTPStatus.FOUND


def reset_in_the_api(password: str) -> bool:
    visitor = ApiVisitor()
    visitor.ask_reset(person().email)
    return visitor.reset(password).status_code == HTTPStatus.OK


def reset_on_a_page(password: str) -> bool:
    visitor = PageVisitor()
    visitor.ask_reset(person().email)
    return visitor.reset(password).status_code == HTTPStatus.FOUND


def add_in_the_admin(password: str) -> bool:
    form = {"email": ADDRESS, "usable_password": "true"}
    form |= {"password1": password, "password2": password}
    answer = desk().post("/admin/accounts/user/add/", form)
    return answer.status_code == HTTPStatus.FOUND


def set_in_the_admin(password: str) -> bool:
    form = {"password1": password, "password2": password, "usable_password": "true"}
    answer = desk().post(f"/admin/accounts/user/{person().pk}/password/", form)
    return answer.status_code == HTTPStatus.FOUND


def create_admin(password: str) -> bool:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        try:
            call_command("create_admin", ADDRESS, password_stdin=True)
        except CommandError:
            return False
    return True


def set_in_a_shell(password: str) -> bool:
    user = person()
    user.set_password(password)
    user.save()
    return True


SURFACES: list[Surface] = [
    register_in_the_api,
    register_on_a_page,
    change_in_the_api,
    change_on_a_page,
    reset_in_the_api,
    reset_on_a_page,
    add_in_the_admin,
    set_in_the_admin,
    create_admin,
]
on_every_surface = pytest.mark.parametrize(
    "surface", SURFACES, ids=lambda surface: surface.__name__
)
REFUSED = {
    "nine char": "too short",
    "password12": "common",
    "ghjcnjgfhjkm": "breached",  # not on Django's list, nor made of a word
    "Football2026!": "made of a common one",
    "ada@example.com": "the address",
    "Engines-2026": "the name of the site",
    "x" * 129: "too long",
}


@on_every_surface
def test_sc_075_the_same_rules_everywhere(
    surface: Surface, db: None, settings: object
) -> None:
    settings.PRODUCT_NAME = "Engines & Co"
    for password, why in REFUSED.items():
        cache.clear()
        assert not surface(password), why

    for user in User.objects.filter(email=ADDRESS):
        assert user.check_password(PASSWORD)


@on_every_surface
def test_sc_075_no_kind_of_character_is_asked_for(surface: Surface, db: None) -> None:
    assert surface("tangerine bicycles")


@pytest.mark.parametrize(
    "password",
    [
        "password12",
        "Password123!",
        "P@ssw0rd2026",
        "passwordpassword",
        "trustno1!!!",
        "qwerty12345678",
        "qwertyuiop",
        "0987654321",
        "zyxwvutsrq",
        "aaaaaaaaaa",
        "abcabcabcabc",
        "ghjcnjgfhjkm",
        "enginesco2026",
        "EnginesCo2026!!",
        "engines-password",
        "silk-silk-silk",
        "S1lk-2026!!!",
    ],
)
def test_sc_075_what_is_guessed_first_is_refused(
    password: str, settings: object
) -> None:
    settings.PRODUCT_NAME = "Engines & Co"
    settings.BASE_URL = "https://app.silk.example"

    with pytest.raises(ValidationError) as refusal:
        GuessablePasswordValidator().validate(password)

    assert refusal.value.code == "password_too_common"


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        "8472916350",
        "9!2#7$8%love",
        "the engines of silk roads",
        "korrektes pferd",
        "\u4e2d\u6587\u5bc6\u7801\u5f88\u957f\u5f88\u957f\u7684\u554a",
    ],
)
def test_sc_075_what_is_not_is_not(password: str, settings: object) -> None:
    settings.PRODUCT_NAME = "Engines & Co"
    settings.BASE_URL = "https://app.silk.example"

    GuessablePasswordValidator().validate(password)


def test_the_words_of_a_site() -> None:
    assert words_of("Engines & Co", "app.silk.example") == {
        "engines",
        "enginesco",
        "silk",
    }
    assert words_of("Fly", "127.0.0.1") == {"fly"}
    assert words_of("", "localhost") == {"localhost"}


@at_both_doors
@pytest.mark.parametrize("password", [ADDRESS, "ada@example.com!", "example.com/ada"])
def test_sc_006_the_address_is_no_password(
    visitor_class: type[Visitor], password: str, db: None
) -> None:
    answer = visitor_class().register(password=password)

    assert answer.status_code in {HTTPStatus.OK, HTTPStatus.BAD_REQUEST}
    assert "similar" in answer.text
    assert not User.objects.exists()


@at_both_doors
def test_sc_006_nor_is_the_name(visitor_class: type[Visitor], db: None) -> None:
    visitor = visitor_class()
    visitor.login(person().email)

    visitor.change(PASSWORD, "LovelaceByron")

    assert User.objects.get().check_password(PASSWORD)


EXACT = {
    "  n\u00fcrnberg \u6f22\u5b57 \U0001f511 " + "x7 kQ" * 9 + "   ": "64 characters",
    " ".join(f"word{number:02}" for number in range(18)) + " !!": "128 characters",
}


def wrong_form(password: str) -> str:
    """What a careless surface would take for the same."""
    return password.strip() if password != password.strip() else password[:72]


@pytest.mark.parametrize("password", EXACT, ids=EXACT.get)
@pytest.mark.parametrize(
    "surface", [*SURFACES, set_in_a_shell], ids=lambda surface: surface.__name__
)
def test_sc_022_a_password_is_kept_to_the_last_byte(
    surface: Surface, password: str, db: None
) -> None:
    assert surface(password)
    EmailAddress.objects.filter(email=ADDRESS).update(verified=True)

    for visitor_class in (ApiVisitor, PageVisitor):
        visitor = visitor_class()
        wrong = visitor.login(password=wrong_form(password))
        assert visitor.is_refused(wrong)
        visitor.login(password=password)
        assert visitor.is_in()
