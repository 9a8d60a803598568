"""`{{ payment.amount|money:payment.currency }}`"""

from django import template

from billing.money import display

register = template.Library()


@register.filter
def money(amount: int | None, currency: str) -> str:
    """Empty for a price in tiers, which has no single amount."""
    return "" if amount is None else display(amount, currency)
