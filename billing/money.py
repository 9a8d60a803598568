"""Amounts for people to read."""

from decimal import Decimal

# https://docs.stripe.com/currencies#zero-decimal
WITHOUT_DECIMALS = frozenset(
    # fmt: off
    [
        "bif",
        "clp",
        "djf",
        "gnf",
        "jpy",
        "kmf",
        "krw",
        "mga",
        "pyg",
        "rwf",
        "vnd",
        "vuv",
        "xaf",
        "xof",
        "xpf",
    ]
    # fmt: on
)
WITH_THREE_DECIMALS = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])


def decimals(currency: str) -> int:
    if currency in WITHOUT_DECIMALS:
        return 0
    return 3 if currency in WITH_THREE_DECIMALS else 2


def display(amount: int, currency: str) -> str:
    """`display(2900, "usd")` is `29.00 USD`, `display(5000, "jpy")` is `5000 JPY`."""
    value = Decimal(amount).scaleb(-decimals(currency))
    return f"{value:,} {currency.upper()}"
