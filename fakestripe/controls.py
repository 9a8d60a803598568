"""`/_fake/...`: what Stripe's API does not have: the clock, trouble, the log."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fakestripe import agenda
from fakestripe.resources import collection, disputes
from fakestripe.state.clock import DAY, HOUR
from fakestripe.webhooks import deliveries, endpoints
from fakestripe.webhooks.chaos import Chaos
from fakestripe.wire import errors
from fakestripe.wire.expand import public
from fakestripe.wire.fields import URL
from fakestripe.wire.form import decode

if TYPE_CHECKING:
    from fakestripe.world import World

Form = dict[str, Any]
UNITS = {"seconds": 1, "hours": HOUR, "days": DAY}


def read(body: str, *, is_json: bool) -> Form:
    """JSON or a form; numbers and booleans in a form are read as such.

    Raises:
        StripeError: neither.
    """
    if not is_json:
        return {name: _value(text) for name, text in decode(body).items()}
    try:
        form = json.loads(body or "{}")
    except (ValueError, RecursionError) as e:
        raise errors.invalid(f"Invalid JSON: {e}", None) from e
    if not isinstance(form, dict):
        raise errors.invalid("Invalid JSON: an object is expected.", None)
    return form


def answer(world: "World", method: str, path: str, form: Form) -> Any:
    """The answer as JSON data.

    Raises:
        StripeError: no such control, or a value it cannot take.
    """
    control = CONTROLS.get((method, path))
    if control is None:
        known = ", ".join(f"{verb} {address}" for verb, address in CONTROLS)
        raise errors.StripeError(f"No such control. There are: {known}", status=404)
    try:
        return control(world, form)
    except (ValueError, TypeError) as e:
        raise errors.invalid(str(e), None) from e


def state(world: "World", form: Form) -> Form:
    with world.transaction():
        return {
            "now": world.clock.now(),
            "after_dunning": collection.after_dunning(world),
            "chaos": world.chaos.as_dict(),
            "pending_deliveries": deliveries.pending(world),
        }


def advance(world: "World", form: Form) -> Form:
    unknown = set(form) - set(UNITS)
    if unknown or not form:
        raise ValueError(f"give {', '.join(UNITS)}")
    seconds = 0.0
    for name, value in form.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{name} must be a number")
        seconds += value * UNITS[name]
    agenda.advance(world, seconds)
    return state(world, {})


def set_chaos(world: "World", form: Form) -> Form:
    """What is not named goes back to normal."""
    names = Chaos().as_dict()
    if unknown := set(form) - set(names):
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; know: {list(names)}")
    with world.transaction():
        world.chaos = Chaos(**form)
    return state(world, {})


def set_account(world: "World", form: Form) -> Form:
    """`after_dunning`: what the last failed payment does to a subscription."""
    if set(form) != {"after_dunning"}:
        raise ValueError("give after_dunning")
    with world.transaction():
        collection.set_after_dunning(world, form["after_dunning"])
    return state(world, {})


def roll_secret(world: "World", form: Form) -> Form:
    """`endpoint`, and if wanted the new `secret` and the `overlap` in seconds."""
    if not isinstance(form.get("endpoint"), str):
        raise ValueError("give endpoint, and if wanted secret and overlap")
    overlap = form.get("overlap", DAY)
    if isinstance(overlap, bool) or not isinstance(overlap, int | float):
        raise ValueError("overlap must be a number of seconds")
    secret = form.get("secret")
    if not (secret is None or (isinstance(secret, str) and secret)):
        raise ValueError("secret must be a text")
    with world.transaction():
        id_ = form["endpoint"]
        return {"secret": endpoints.roll_secret(world, id_, secret, overlap=overlap)}


def open_dispute(world: "World", form: Form) -> Form:
    """`charge`, and if wanted the `reason`."""
    charge, reason = form.get("charge"), form.get("reason", "fraudulent")
    if not (isinstance(charge, str) and isinstance(reason, str)):
        raise ValueError("give charge, and if wanted reason")
    with world.transaction():
        found = world.get("charge", charge, param="charge")
        return public(disputes.open_by_hand(world, found, reason))


def decide_dispute(world: "World", form: Form) -> Form:
    """`dispute`, and whether it `won`."""
    dispute, won = form.get("dispute"), form.get("won")
    if not (isinstance(dispute, str) and isinstance(won, bool)):
        raise ValueError("give dispute, and won as true or false")
    with world.transaction():
        return public(disputes.decide_by_hand(world, dispute, is_won=won))


def show_log(world: "World", form: Form) -> list[Form]:
    with world.transaction():
        return deliveries.log(world)


def add_webhook(world: "World", form: Form) -> Form:
    url, secret = form.get("url"), form.get("secret")
    if not (isinstance(url, str) and URL.match(url)):
        raise ValueError("url must be an http or https address")
    if not (isinstance(secret, str) and secret):
        raise ValueError("secret must be a text")
    with world.transaction():
        return {"id": endpoints.register(world, url, secret)["id"]}


def reset(world: "World", form: Form) -> Form:
    """Forget every object and delivery; the clock goes back to the present."""
    world.reset()
    return state(world, {})


def _value(text: Any) -> Any:
    if not isinstance(text, str):
        raise errors.invalid("A plain value is expected.", None)
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


CONTROLS: dict[tuple[str, str], Callable[["World", Form], Any]] = {
    ("GET", "/_fake/state"): state,
    ("GET", "/_fake/log"): show_log,
    ("POST", "/_fake/advance"): advance,
    ("POST", "/_fake/chaos"): set_chaos,
    ("POST", "/_fake/account"): set_account,
    ("POST", "/_fake/webhook"): add_webhook,
    ("POST", "/_fake/roll_secret"): roll_secret,
    ("POST", "/_fake/dispute"): open_dispute,
    ("POST", "/_fake/decide_dispute"): decide_dispute,
    ("POST", "/_fake/reset"): reset,
}
