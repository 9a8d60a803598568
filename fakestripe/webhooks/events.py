"""Events: what happened to which object, kept for 30 days.

https://docs.stripe.com/api/events
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fakestripe.state.clock import DAY
from fakestripe.state.store import Condition, Object, one_of
from fakestripe.webhooks import deliveries
from fakestripe.wire.errors import invalid, no_such
from fakestripe.wire.expand import public
from fakestripe.wire.fields import Flag, ListOf, Params, Text
from fakestripe.wire.lists import filtered, matching, page
from fakestripe.wire.router import Route

if TYPE_CHECKING:
    from fakestripe.world import World

API_VERSION = "2026-05-27.dahlia"
KEPT = 30 * DAY


def emit(
    world: "World", type_: str, obj: Object, previous: Object | None = None
) -> Object:
    """Record that `type_` happened to `obj`, and queue its deliveries."""
    data: dict[str, Any] = {"object": public(obj)}
    if previous is not None:
        data["previous_attributes"] = public(previous)
    event = world.new(
        "event",
        "evt_",
        api_version=API_VERSION,
        data=data,
        pending_webhooks=0,
        request={
            "id": world.request_id,
            "idempotency_key": world.idempotency_key,
        },
        type=type_,
    )
    event["pending_webhooks"] = deliveries.queue(world, event)
    return event


@contextmanager
def updating(world: "World", obj: Object, type_: str) -> Iterator[Object]:
    """Emit `type_` with the previous values, if what happens inside changes `obj`."""
    before = public(obj)
    yield obj
    after = public(obj)
    previous = {key: value for key, value in before.items() if value != after.get(key)}
    previous |= {key: None for key in after if key not in before}
    if previous:
        emit(world, type_, obj, previous)


def prune(world: "World") -> None:
    """Forget what Stripe would have forgotten."""
    world.store.execute(
        "DELETE FROM objects WHERE kind = 'event'"
        " AND json_extract(body, '$.created') < ?"
        " AND id NOT IN (SELECT event FROM deliveries WHERE state = 'pending')",
        (world.clock.now() - KEPT,),
    )


def list_events(world: "World", params: Params) -> Object:
    if "type" in params and "types" in params:
        raise invalid("You may only specify one of type and types.", "types")
    conditions = [_recent(world), *matching(params, "type")]
    if "types" in params:
        conditions.append(one_of("type", params["types"]))
    if "delivery_success" in params:
        conditions.append(deliveries.succeeded(params["delivery_success"]))
    return page(world, "/v1/events", "event", params, *conditions)


def get_event(world: "World", params: Params, id_: str) -> Object:
    event = world.get("event", id_)
    if event["created"] < world.clock.now() - KEPT:
        raise no_such("event", id_)
    return event


def _recent(world: "World") -> Condition:
    return "json_extract(body, '$.created') >= ?", (world.clock.now() - KEPT,)


ROUTES = [
    Route(
        "GET",
        "/v1/events",
        list_events,
        filtered(
            type=Text(),
            types=ListOf(Text(), most=20),
            delivery_success=Flag(),
        ),
    ),
    Route("GET", "/v1/events/{id_}", get_event),
]
