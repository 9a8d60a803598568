"""The coloured words that say how something stands."""

from fakestripe.pages.render import Html, part

STATES = {
    "active": ("Active", "good"),
    "trialing": ("Trial", "good"),
    "past_due": ("Past due", "bad"),
    "unpaid": ("Unpaid", "bad"),
    "incomplete": ("Incomplete", "bad"),
    "incomplete_expired": ("Expired", ""),
    "canceled": ("Canceled", ""),
    "paused": ("Paused", ""),
    "draft": ("Draft", ""),
    "paid": ("Paid", "good"),
    "open": ("Open", "bad"),
    "void": ("Void", ""),
    "uncollectible": ("Uncollectible", "bad"),
    "succeeded": ("Succeeded", "good"),
    "failed": ("Failed", "bad"),
    "refunded": ("Refunded", ""),
    "disputed": ("Disputed", "bad"),
    "needs_response": ("Needs response", "bad"),
    "under_review": ("Under review", ""),
    "won": ("Won", "good"),
    "lost": ("Lost", "bad"),
    "enabled": ("Enabled", "good"),
    "disabled": ("Disabled", ""),
}


def badge(status: str) -> Html:
    text, css = STATES.get(status, (status, ""))
    return part("badge.html", text=text, css=css)
