"""Amounts for people: the API counts in the smallest unit of the currency."""

# https://docs.stripe.com/currencies#zero-decimal
ZERO_DECIMAL = {
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd",
    "vuv", "xaf", "xof", "xpf",
}  # fmt: skip
SYMBOLS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥"}


def shown(amount: int, currency: str) -> str:
    """1050 usd as `$10.50`, -500 jpy as `-¥500`, 1000 chf as `10.00 CHF`."""
    sign = "-" if amount < 0 else ""
    places = 0 if currency in ZERO_DECIMAL else 2
    number = f"{abs(amount) / 10**places:,.{places}f}"
    symbol = SYMBOLS.get(currency)
    if symbol:
        return f"{sign}{symbol}{number}"
    return f"{sign}{number} {currency.upper()}"


def each(price: dict) -> str:
    """`month`, or `3 months`."""
    recurring = price["recurring"]
    count, interval = recurring["interval_count"], recurring["interval"]
    return interval if count == 1 else f"{count} {interval}s"


def rounded_share(amount: int, part: int, whole: int) -> int:
    """`amount * part / whole`, half rounded up, in whole units."""
    return (2 * amount * part + whole) // (2 * whole)
