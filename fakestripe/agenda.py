"""What happens by itself when its time has come, in order."""

import json
import math
from typing import TYPE_CHECKING

from fakestripe.resources import checkout, collection, coupons, cycle, disputes
from fakestripe.state.clock import DAY
from fakestripe.state.store import Object
from fakestripe.webhooks import events

if TYPE_CHECKING:
    from fakestripe.world import World

FURTHEST = 3_650 * DAY


def advance(world: "World", seconds: float) -> None:
    """Move the clock forward, doing on the way what becomes due, each at its moment.

    Raises:
        ValueError: backwards, or further than ten years at once.
    """
    if not math.isfinite(seconds) or not 0 <= seconds <= FURTHEST:
        raise ValueError("the clock moves forward only, by at most 3650 days at once")
    # Nobody may come between, but each step is saved on its own: a process killed on
    # the way goes on from there.
    with world.changed:
        target = world.clock.time() + seconds
        while _step(world, target):
            pass
        with world.transaction():
            events.prune(world)
            _set_clock(world, target)


def run_due(world: "World") -> None:
    """Catch up with the clock, which runs by itself too."""
    with world.changed, world.store.transaction():
        is_due = world.store.first_due(world.clock.time()) is not None
    if is_due:
        advance(world, 0)


def _step(world: "World", target: float) -> bool:
    """Do the first thing that is due by `target`; False when there is none."""
    with world.transaction():
        obj = world.store.first_due(target)
        if obj is None:
            return False
        # Late, after a stop of the whole fake, things still happen at their moment.
        moment = obj["_due_at"]
        with world.clock.standing_at(moment):
            _run(world, obj)
        _set_clock(world, moment)
        return True


def _set_clock(world: "World", moment: float) -> None:
    world.clock.move_to(moment)
    world.store.set_fact("clock_offset", repr(world.clock.offset))


def _run(world: "World", obj: Object) -> None:
    before = json.dumps(obj)
    match obj["object"]:
        case "subscription":
            cycle.run(world, obj)
        case "invoice":
            collection.retry(world, obj)
        case "checkout.session":
            checkout.expire(world, obj)
        case "dispute":
            disputes.give_up(world, obj)
        case "coupon" | "promotion_code":
            with events.updating(world, obj, f"{obj['object']}.updated"):
                coupons.close(obj)
    if json.dumps(obj) == before:
        raise RuntimeError(f"{obj['id']} would stay due for ever")
