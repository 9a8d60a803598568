"""Chapter: what you pay for, on the hosted pages of the offline Stripe."""

import re
import urllib.parse
from typing import Any

from dev.tour import accounts
from dev.tour.accounts import Person
from dev.tour.client import Answer, Surprise, Traveller, chapter, say, wait_for

GOOD_CARD, DECLINED_CARD = "4242 4242 4242 4242", "4000 0000 0000 0002"
CANCEL_LINK = r'href="([^"]*/cancel/[^"]+)"'


def visit(traveller: Traveller, person: Person) -> None:
    """Every route of billing; ends with a subscription that was canceled on the portal."""
    chapter("3. Payments")
    say("Plans are public. They are Stripe's products and prices.")
    plans = traveller.another().call("GET", "payment/plans", expect=200)["results"]
    price = {plan["key"]: plan["prices"][0]["id"] for plan in plans}
    traveller.call("GET", "payment/subscription", expect=200)
    for route in ("cancel", "resume"):
        path = f"payment/subscription/{route}"
        traveller.call("POST", path, expect=409, code="no_subscription")
    traveller.call(
        "POST", "payment/checkout", {"price": "price_of_nothing"}, expect=400
    )

    say("Subscribe on the hosted page: a declined card first, then a good one.")
    starter = {"price": price["starter"]}
    page = traveller.call("POST", "payment/checkout", starter, expect=201)["url"]
    declined = pay(traveller, page, DECLINED_CARD)
    if declined.status != 402 or "declined" not in declined.raw.decode():
        raise Surprise("the page does not say that the card was declined")
    if pay(traveller, page, GOOD_CARD).status != 303:
        raise Surprise("the hosted page did not accept the good card")
    say("The webhook arrives by itself: the subscription is active, the payment noted.")
    wait_for("The subscription", lambda: state(traveller)["status"] == "active")
    traveller.call("GET", "payment/subscription", expect=200)
    wait_for("The payment", lambda: payments(traveller))
    traveller.call("GET", "payment/payments", expect=200)
    traveller.call(
        "POST", "payment/checkout", starter, expect=409, code="already_subscribed"
    )

    say("See what another plan costs, and change to it; cancel it and take that back.")
    pro = {"price": price["pro"]}
    path = "payment/subscription/preview"
    preview = traveller.call("POST", path, pro, expect=200)
    as_shown = {**pro, "preview": preview["token"]}
    path = "payment/subscription/change"
    changed = traveller.call("POST", path, as_shown, expect=200)
    if changed["plan"]["key"] != "pro":
        raise Surprise("the plan did not change")
    traveller.call("POST", "payment/subscription/cancel", expect=200)
    traveller.call("POST", "payment/subscription/resume", expect=200)

    say("The same on the hosted billing portal: cancel there.")
    portal = traveller.call("POST", "payment/portal", expect=201)["url"]
    cancel_on_portal(traveller, portal)
    wait_for("The cancellation", lambda: state(traveller)["cancel_at_period_end"])
    traveller.call("GET", "payment/subscription", expect=200)

    pay_before_sign_up(traveller.another(), price["starter"])
    claim_from_another_address(traveller.another(), price["starter"])
    say("A webhook that Stripe did not sign is refused, and nothing is stored.")
    unsigned: dict[str, Any] = {"id": "evt_forged", "type": "invoice.paid"}
    traveller.another().call("POST", "webhook/stripe", unsigned, expect=400)


def pay_before_sign_up(guest: Traveller, price: str) -> None:
    say("Somebody pays first and signs up later: the payment finds the account.")
    name = accounts.a_name()
    data = {"price": price, "email": f"{name}@example.com"}
    page = guest.call("POST", "payment/guest_checkout", data, expect=201)["url"]
    if pay(guest, page, GOOD_CARD).status != 303:
        raise Surprise("the hosted page did not accept the guest's card")
    accounts.register(guest, name)
    wait_for("The guest's subscription", lambda: state(guest)["status"] == "active")
    guest.call("GET", "payment/subscription", expect=200)


def claim_from_another_address(guest: Traveller, price: str) -> None:
    say("With another address the browser that paid claims the payment, once.")
    data = {"price": price, "email": f"{accounts.a_name()}@example.com"}
    page = guest.call("POST", "payment/guest_checkout", data, expect=201)["url"]
    back = pay(guest, page, GOOD_CARD).headers["location"]
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(back).query)
    session = {"session_id": query["session_id"][0]}
    token = guest.call("POST", "payment/claim/token", session, expect=201)["token"]
    accounts.register(guest, accounts.a_name())
    claimed = guest.call("POST", "payment/claim", {"token": token}, expect=200)
    if claimed["status"] != "active":
        raise Surprise("the claimed subscription is not active")
    guest.call("POST", "payment/claim", {"token": token}, expect=200)  # sent twice


def state(traveller: Traveller) -> Answer:
    return traveller.send("GET", "payment/subscription")


def payments(traveller: Traveller) -> list[dict[str, Any]]:
    return traveller.send("GET", "payment/payments")["results"]


def pay(traveller: Traveller, page: str, card: str) -> Answer:
    say(f"    (in the browser: card {card})")
    fields = {"number": card, "expiry": "12 / 40", "cvc": "123", "name": "Ada"}
    return traveller.submit(page, fields)


def cancel_on_portal(traveller: Traveller, portal: str) -> None:
    found = re.search(CANCEL_LINK, traveller.send("GET", portal).raw.decode())
    if not found:
        raise Surprise("the portal offers no cancellation")
    say("    (in the browser: Cancel plan)")
    answer = traveller.submit(urllib.parse.urljoin(portal, found[1]), {})
    if answer.status != 303:
        raise Surprise(f"the portal answered {answer.status} to the cancellation")
