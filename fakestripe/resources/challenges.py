"""3-D Secure: the bank wants to hear from the customer before it pays.

https://docs.stripe.com/testing#regulatory-cards
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fakestripe.resources import payment_methods
from fakestripe.resources.cards import Challenge
from fakestripe.state.ids import new_id
from fakestripe.state.store import Object

if TYPE_CHECKING:
    from fakestripe.world import World

FAILED = (
    "We are unable to authenticate your payment method. Please choose a different"
    " payment method and try again."
)


def is_needed(method: Object) -> bool:
    """Whether a charge now would wait for the customer."""
    challenge = payment_methods.card_of(method).challenge
    if challenge is Challenge.ALWAYS:
        return not is_passed(method)
    return challenge is Challenge.UNTIL_SET_UP and not method.get("_is_set_up")


def is_passed(method: Object) -> bool:
    return bool(method.get("_is_authenticated"))


@contextmanager
def passed(method: Object) -> Iterator[None]:
    """The customer is here and has passed the challenge, if there was one."""
    method.update(_is_authenticated=True, _is_set_up=True)
    try:
        yield
    finally:
        method["_is_authenticated"] = False


def ask(world: "World", purpose: str, **details: Any) -> Object:
    """A page with the question; `details` say what to do when it is answered.

    Purposes: `checkout` (of a session), `card` (to save it in the portal), `invoice`.
    """
    id_ = new_id("tds_", 48)
    return world.new(
        "challenge",
        "",
        id_,
        url=f"{world.base_url}/3ds/{id_}",
        _purpose=purpose,
        _is_open=True,
        _details=details,
    )


def answer(world: "World", id_: str) -> Object | None:
    """The challenge, closed now; None when there is none or it was closed before."""
    challenge = find(world, id_)
    if challenge is None or not challenge["_is_open"]:
        return None
    challenge["_is_open"] = False
    return challenge


def find(world: "World", id_: str) -> Object | None:
    challenge = world.store.get(id_)
    is_one = challenge is not None and challenge["object"] == "challenge"
    return challenge if is_one else None
