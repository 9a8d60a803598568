"""The one account: https://docs.stripe.com/api/accounts"""

from typing import TYPE_CHECKING

from fakestripe.state.store import Object
from fakestripe.wire.errors import no_such
from fakestripe.wire.fields import Params
from fakestripe.wire.lists import paged, whole
from fakestripe.wire.router import Route

if TYPE_CHECKING:
    from fakestripe.world import World

ACCOUNT_ID = "acct_1FakeStripeOffline"
DISPLAY_NAME = "Fake Stripe"


def account(world: "World") -> Object:
    found = world.store.get(ACCOUNT_ID)
    if found is None:
        found = world.store.add({**_described(), "created": world.clock.now()})
    return found


def get_own(world: "World", params: Params) -> Object:
    return account(world)


def get(world: "World", params: Params, id_: str) -> Object:
    if id_ != ACCOUNT_ID:
        raise no_such("account", id_)
    return account(world)


def list_connected(world: "World", params: Params) -> Object:
    return whole("/v1/accounts", [])


def _described() -> Object:
    return {
        "id": ACCOUNT_ID,
        "object": "account",
        "business_profile": {"name": DISPLAY_NAME, "mcc": None, "url": None},
        "business_type": "company",
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "country": "US",
        "default_currency": "usd",
        "details_submitted": True,
        "email": "owner@example.com",
        "metadata": {},
        "payouts_enabled": True,
        "settings": {
            "branding": {
                "icon": None,
                "logo": None,
                "primary_color": None,
                "secondary_color": None,
            },
            "card_payments": {
                "statement_descriptor_prefix": None,
                "statement_descriptor_prefix_kana": None,
                "statement_descriptor_prefix_kanji": None,
            },
            "dashboard": {"display_name": DISPLAY_NAME, "timezone": "Etc/UTC"},
            "payments": {
                "statement_descriptor": "FAKE STRIPE",
                "statement_descriptor_kana": None,
                "statement_descriptor_kanji": None,
            },
        },
        "type": "standard",
    }


ROUTES = [
    Route("GET", "/v1/account", get_own),
    Route("GET", "/v1/accounts", list_connected, paged()),
    Route("GET", "/v1/accounts/{id_}", get),
]
