"""Chapter: who you are."""

import re
import secrets
import urllib.parse
import uuid
from dataclasses import dataclass

from dev.tour import second_factors
from dev.tour.client import Surprise, Traveller, chapter, say, wait_for

PASSWORD = "a-long-walk-in-the-park"
NEW_PASSWORD = "an-even-longer-walk-home"


@dataclass
class Person:
    email: str
    password: str
    refresh: str = ""
    id: str = ""


def a_name() -> str:
    return "tour-" + secrets.token_hex(4)


def mail_to(traveller: Traveller, address: str, pattern: str, number: int = 1) -> str:
    """What `pattern` finds in the mails to `address`: in the first, the second, ... such."""

    def look() -> str | None:
        query = urllib.parse.urlencode({"to": address})
        mails = traveller.send("GET", f"dev/mailbox.json?{query}")["results"]
        found = [re.search(pattern, mail["text"], re.MULTILINE) for mail in mails]
        matches = [match[1] for match in reversed(found) if match]
        return matches[number - 1] if len(matches) >= number else None

    return wait_for(f"The mail to {address}", look)


CODE = r"^\s*([A-Z0-9]{4}-?[A-Z0-9]{4,8})\s*$"
RESET_KEY = r"/accounts/password/reset/key/([^/\s]+)/"


def register(traveller: Traveller, name: str, password: str = PASSWORD) -> Person:
    """Register, read the code from the mailbox, verify: a person who is signed in."""
    person = Person(f"{name}@example.com", password)
    credentials = {"email": person.email, "password": password}
    flow = traveller.call("POST", "auth/register", credentials, expect=202)["flow"]
    code = mail_to(traveller, person.email, CODE)
    say(f"The mail to {person.email} brought the code {code}.")
    data = {"flow": flow, "code": code}
    answer = traveller.call("POST", "auth/email/verify", data, expect=200)
    remember(traveller, person, answer.json)
    return person


def remember(traveller: Traveller, person: Person, tokens: dict) -> None:
    traveller.access, person.refresh = tokens["access"], tokens["refresh"]
    if "user" in tokens:
        person.id = tokens["user"]["id"]


def login(traveller: Traveller, person: Person) -> None:
    credentials = {"email": person.email, "password": person.password}
    answer = traveller.call("POST", "auth/login", credentials, expect=200)
    remember(traveller, person, answer.json)


def change_address(traveller: Traveller, person: Person, new: dict[str, str]) -> None:
    say("A new address counts once its code is entered; until then it can be left.")
    traveller.call("POST", "auth/email", new, expect=202)
    traveller.call("DELETE", "auth/email", expect=204)
    traveller.call("POST", "auth/email", new, expect=202)
    code = {"code": mail_to(traveller, new["email"], CODE, number=2)}
    traveller.call("POST", "auth/email/confirm", code, expect=200)
    person.email = new["email"]


def try_other_ways(traveller: Traveller, person: Person) -> None:
    say("Other ways to sign in are off (403) until their variables are set.")
    flow, email = {"flow": "none"}, {"email": person.email}
    traveller.call("POST", "auth/login/code", email, expect=(403, 202))
    code = {**flow, "code": "AAAA-AAAA"}
    traveller.call("POST", "auth/login/code/confirm", code, expect=(403, 401))
    traveller.call("POST", "auth/login/passkey/options", expect=(403, 200))
    key = {**flow, "credential": {}}
    traveller.call("POST", "auth/login/passkey", key, expect=(403, 400, 401))
    token = {"provider": "google", "id_token": "a.b.c"}
    traveller.call("POST", "auth/login/provider", token, expect=400)


def end_a_lost_device(traveller: Traveller, person: Person) -> None:
    say("All logins are listed, and each can be ended: a lost phone, for one.")
    phone = traveller.another()
    login(phone, person)
    login(traveller, person)
    logins = traveller.call("GET", "auth/sessions", expect=200)["results"]
    lost = next(login for login in logins if not login["is_current"])
    traveller.call("DELETE", f"auth/sessions/{lost['id']}", expect=204)
    phone.call("GET", "auth/me", expect=401, code="session_expired")


def see_providers(traveller: Traveller) -> None:
    say("Providers that sign one in are listed; to connect one asks for a proof first.")
    traveller.call("GET", "auth/providers", expect=200)
    token = {"provider": "google", "id_token": "a.b.c"}
    refused = "reauthentication_required"
    traveller.call("POST", "auth/providers", token, expect=401, code=refused)
    nobodys = f"auth/providers/{uuid.uuid4()}"
    traveller.call("DELETE", nobodys, expect=404, code="not_found")


def register_by_code(traveller: Traveller) -> tuple[Person, str]:
    """Register and prove the address; the flow is spent then."""
    say("Registering sends a code. It says the same for an address that is taken.")
    person = Person(f"{a_name()}@example.com", PASSWORD)
    credentials = {"email": person.email, "password": PASSWORD}
    flow = traveller.call("POST", "auth/register", credentials, expect=202)["flow"]
    mail_to(traveller, person.email, CODE)
    say("A login is refused until the address is verified; it sends a code of its own.")
    traveller.call(
        "POST", "auth/login", credentials, expect=403, code="email_not_verified"
    )
    say("The code can be sent again; the new one replaces the old one.")
    traveller.call("POST", "auth/email/resend", {"flow": flow}, expect=202)
    code = mail_to(traveller, person.email, CODE, number=3)
    wrong = {"flow": flow, "code": "WRONGCODE"}
    traveller.call(
        "POST", "auth/email/verify", wrong, expect=400, code="incorrect_code"
    )
    right = {"flow": flow, "code": code}
    answer = traveller.call("POST", "auth/email/verify", right, expect=200)
    remember(traveller, person, answer.json)
    return person, flow


def change_settings(traveller: Traveller, person: Person) -> None:
    """The profile, and a new pair of tokens."""
    say("The access token opens the account; settings can be changed.")
    traveller.call("GET", "auth/me", expect=200)
    settings = {"name": "Ada", "timezone": "Europe/London"}
    traveller.call("PATCH", "auth/me", settings, expect=200)
    nowhere = {"timezone": "Middle/Earth"}
    traveller.call("PATCH", "auth/me", nowhere, expect=400)

    say(
        "An access token lives five minutes. The refresh token brings a new pair, once."
    )
    old = person.refresh
    answer = traveller.call("POST", "auth/refresh", {"refresh": old}, expect=200)
    remember(traveller, person, answer.json)
    traveller.call("POST", "auth/refresh", {"refresh": "junk"}, expect=401)


def change_what_is_sensitive(traveller: Traveller, person: Person) -> None:
    """The address and the password, after a proof."""
    say("Sensitive steps ask for the password again.")
    new = {"email": f"{a_name()}@example.com"}
    traveller.call("GET", "auth/email", expect=200)
    traveller.call(
        "POST", "auth/email", new, expect=401, code="reauthentication_required"
    )
    traveller.call("POST", "auth/reauthenticate", {"password": PASSWORD}, expect=204)
    change_address(traveller, person, new)
    change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    traveller.call("POST", "auth/password/change", change, expect=200)
    person.password = NEW_PASSWORD


def log_out(traveller: Traveller, person: Person) -> None:
    """Of this login alone."""
    say("Logging out ends this login on the next call. Others live on.")
    login(traveller, person)
    traveller.call("POST", "auth/logout", expect=204)
    traveller.call("GET", "auth/me", expect=401, code="session_expired")


def reset_password(traveller: Traveller, person: Person) -> None:
    """By a link in a mail."""
    say("A forgotten password: a link by mail, whose key works once.")
    email = {"email": person.email}
    traveller.access = None
    traveller.call("POST", "auth/password/reset", email, expect=202)
    key = mail_to(traveller, person.email, RESET_KEY)
    reset = {"key": key, "password": PASSWORD}
    traveller.call("POST", "auth/password/reset/confirm", reset, expect=200)
    traveller.call("POST", "auth/password/reset/confirm", reset, expect=400)
    person.password = PASSWORD
    login(traveller, person)


def leave(traveller: Traveller) -> None:
    """Take everything along, and close an account."""
    say("Everything stored about somebody is one file; the account can be deleted.")
    traveller.call("GET", "auth/me/export", expect=200)
    leaver = traveller.another()
    register(leaver, a_name())
    refused = "reauthentication_required"
    leaver.call("DELETE", "auth/me", expect=401, code=refused)
    leaver.call("POST", "auth/reauthenticate", {"password": PASSWORD}, expect=204)
    leaver.call("DELETE", "auth/me", expect=204)
    leaver.call("GET", "auth/me", expect=401, code="session_expired")


def check_keys(traveller: Traveller) -> None:
    """Those that are published are public ones."""
    say("Anybody can check a token with the public keys.")
    keys = traveller.call("GET", ".well-known/jwks.json", expect=200)["keys"]
    if any("d" in key for key in keys):
        raise Surprise("a private key is published")


def visit(traveller: Traveller) -> Person:
    """Every route of accounts; ends signed in."""
    chapter("1. Accounts")
    say("Without a token there is nothing to see.")
    traveller.call("GET", "auth/me", expect=401, code="not_authenticated")

    person, flow = register_by_code(traveller)
    change_settings(traveller, person)
    change_what_is_sensitive(traveller, person)
    end_a_lost_device(traveller, person)
    see_providers(traveller)
    log_out(traveller, person)
    reset_password(traveller, person)
    try_other_ways(traveller, person)
    say("Log out everywhere, and come back.")
    traveller.call("POST", "auth/logout_all", {}, expect=204)
    traveller.access = None
    stale = {"flow": flow, "code": "123456"}
    traveller.call("POST", "auth/login/mfa", stale, expect=401)
    login(traveller, person)
    second_factors.visit(traveller, person.email, person.password)
    login(traveller, person)

    leave(traveller)
    check_keys(traveller)
    return person
