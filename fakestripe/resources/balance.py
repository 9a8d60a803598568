"""Lines of the account's balance: https://docs.stripe.com/api/balance_transactions"""

from typing import TYPE_CHECKING

from fakestripe.state.ids import new_id
from fakestripe.state.store import Object
from fakestripe.wire.fields import Params, Text
from fakestripe.wire.lists import filtered, matching, page
from fakestripe.wire.router import Route

if TYPE_CHECKING:
    from fakestripe.world import World


def book(
    world: "World", source: Object, amount: int, *, fee: int, type_: str
) -> Object:
    """A line of the account's balance; `amount` is negative for refunds."""
    now, currency = world.clock.now(), source["currency"]
    fees = {
        "amount": fee,
        "application": None,
        "currency": currency,
        "description": "Stripe processing fees",
        "type": "stripe_fee",
    }
    return world.store.add(
        {
            "id": new_id("txn_"),
            "object": "balance_transaction",
            "amount": amount,
            "available_on": now,
            "balance_type": "payments",
            "created": now,
            "currency": currency,
            "description": source.get("description"),
            "exchange_rate": None,
            "fee": fee,
            "fee_details": [fees] if fee else [],
            "net": amount - fee,
            "reporting_category": type_,
            "source": source["id"],
            "status": "available",
            "type": type_,
        }
    )


def get_transaction(world: "World", params: Params, id_: str) -> Object:
    return world.get("balance_transaction", id_)


def list_transactions(world: "World", params: Params) -> Object:
    conditions = matching(params, "source", "type", "currency")
    return page(
        world, "/v1/balance_transactions", "balance_transaction", params, *conditions
    )


ROUTES = [
    Route(
        "GET",
        "/v1/balance_transactions",
        list_transactions,
        filtered(source=Text(), type=Text(), currency=Text()),
    ),
    Route("GET", "/v1/balance_transactions/{id_}", get_transaction),
]
