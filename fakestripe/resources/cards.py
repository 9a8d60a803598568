"""Stripe's test cards, and the check of what was typed into a card form.

Numbers and what they do: https://docs.stripe.com/testing. No other number is accepted,
and none is stored: an object keeps its brand, its last digits and its behaviour.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from fakestripe.wire.errors import StripeError, declined


@dataclass(frozen=True)
class Decline:
    """`code` and `decline_code` as in https://docs.stripe.com/declines/codes"""

    code: str
    decline_code: str | None
    message: str

    def error(self) -> StripeError:
        return declined(self.code, self.decline_code, self.message)


class Challenge(Enum):
    """When the bank asks the customer (3-D Secure)."""

    NEVER = "never"
    UNTIL_SET_UP = "until_set_up"
    ALWAYS = "always"


@dataclass(frozen=True)
class Card:
    """`on_attach` also refuses charges; `on_charge` lets the card be saved first."""

    number: str
    brand: str = "visa"
    funding: str = "credit"
    country: str = "US"
    on_attach: Decline | None = None
    on_charge: Decline | None = None
    challenge: Challenge = Challenge.NEVER
    dispute: str | None = None
    """Why its owner disputes every charge, as in `reason` of a dispute."""

    @property
    def refusal(self) -> Decline | None:
        return self.on_attach or self.on_charge


GENERIC = Decline("card_declined", "generic_decline", "Your card was declined.")
NO_FUNDS = Decline(
    "card_declined", "insufficient_funds", "Your card has insufficient funds."
)
LOST = Decline("card_declined", "lost_card", "Your card was declined.")
STOLEN = Decline("card_declined", "stolen_card", "Your card was declined.")
EXPIRED = Decline("expired_card", None, "Your card has expired.")
BAD_CVC = Decline("incorrect_cvc", None, "Your card's security code is incorrect.")
PROCESSING = Decline(
    "processing_error",
    None,
    "An error occurred while processing your card. Try again in a little bit.",
)

CARDS = {
    card.number: card
    for card in (
        Card("4242424242424242"),
        Card("4000056655665556", funding="debit"),
        Card("5555555555554444", "mastercard"),
        Card("2223003122003222", "mastercard"),
        Card("5200828282828210", "mastercard", "debit"),
        Card("5105105105105100", "mastercard", "prepaid"),
        Card("378282246310005", "amex"),
        Card("371449635398431", "amex"),
        Card("6011111111111117", "discover"),
        Card("3056930009020004", "diners"),
        Card("3566002020360505", "jcb"),
        Card("6200000000000005", "unionpay"),
        Card("4000000000000002", on_attach=GENERIC),
        Card("4000000000009995", on_attach=NO_FUNDS),
        Card("4000000000009987", on_attach=LOST),
        Card("4000000000009979", on_attach=STOLEN),
        Card("4000000000000069", on_attach=EXPIRED),
        Card("4000000000000127", on_attach=BAD_CVC),
        Card("4000000000000119", on_attach=PROCESSING),
        Card("4000000000000341", on_charge=GENERIC),
        Card("4000000000000259", dispute="fraudulent"),
        Card("4000000000002685", dispute="product_not_received"),
        Card("4000002500003155", challenge=Challenge.UNTIL_SET_UP),
        Card("4000002760003184", challenge=Challenge.ALWAYS),
    )
}

# Ready-made ids of the API, as in `PaymentMethod.attach("pm_card_visa", ...)`.
NAMED = {
    "visa": "4242424242424242",
    "visa_debit": "4000056655665556",
    "mastercard": "5555555555554444",
    "amex": "378282246310005",
    "discover": "6011111111111117",
    "diners": "3056930009020004",
    "jcb": "3566002020360505",
    "unionpay": "6200000000000005",
    "chargeDeclined": "4000000000000002",
    "visa_chargeDeclined": "4000000000000002",
    "chargeDeclinedInsufficientFunds": "4000000000009995",
    "visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "chargeDeclinedExpiredCard": "4000000000000069",
    "chargeDeclinedIncorrectCvc": "4000000000000127",
    "chargeDeclinedProcessingError": "4000000000000119",
    "chargeCustomerFail": "4000000000000341",
    "createDispute": "4000000000000259",
    "createDisputeProductNotReceived": "4000000000002685",
    "authenticationRequiredOnSetup": "4000002500003155",
    "authenticationRequired": "4000002760003184",
}


def named(id_: str) -> Card | None:
    """The card behind `pm_card_visa` or `tok_visa`."""
    number = NAMED.get(id_.removeprefix("pm_card_").removeprefix("tok_"))
    return CARDS[number] if number else None


def digits(text: str) -> str:
    return re.sub(r"[\s-]", "", text)


def is_luhn(number: str) -> bool:
    """The last digit is the right check digit (ISO/IEC 7812-1)."""
    total = 0
    for position, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def problem_with_number(text: str) -> str | None:
    """What to tell whoever typed this number, if anything."""
    number = digits(text)
    if not number:
        return "Enter a card number."
    if not re.fullmatch("[0-9]{12,19}", number):
        return "Your card number is incomplete."
    if not is_luhn(number):
        return "Your card number is invalid."
    if number not in CARDS:
        return "Only Stripe's test cards work here, such as 4242 4242 4242 4242."
    return None


def read_expiry(text: str) -> tuple[int, int] | None:
    """`12 / 34`, `12/2034` or `1234` as (12, 2034); None when it is no date."""
    match = re.fullmatch(r"\s*(\d{1,2})\s*/\s*(\d{2}|\d{4})\s*|(\d{2})(\d{2})", text)
    if not match:
        return None
    month, year = int(match[1] or match[3]), int(match[2] or match[4])
    year += 2_000 if year < 100 else 0
    return (month, year) if 1 <= month <= 12 else None


def problem_with_expiry(text: str, now: int) -> str | None:
    """`now` in unix seconds: a card is good to the end of its month."""
    if not text.strip():
        return "Enter the expiration date."
    expiry = read_expiry(text)
    if expiry is None:
        return "Your card's expiration date is invalid. Use MM / YY."
    today = datetime.fromtimestamp(now, UTC)
    month, year = expiry
    if (year, month) < (today.year, today.month):
        return "Your card's expiration date is in the past."
    if year > today.year + 50:
        return "Your card's expiration year is invalid."
    return None


def problem_with_cvc(text: str, number: str) -> str | None:
    card = CARDS.get(digits(number))
    length = 4 if card and card.brand == "amex" else 3
    if not text.strip():
        return "Enter the security code."
    if not re.fullmatch(f"[0-9]{{{length}}}", text.strip()):
        return f"Your card's security code has {length} digits."
    return None
