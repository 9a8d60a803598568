"""Idempotency keys: the same request twice is done once and answered alike.

https://docs.stripe.com/api/idempotent_requests
"""

import hashlib
import json
from typing import TYPE_CHECKING

from fakestripe.state.clock import DAY
from fakestripe.wire.errors import StripeError, invalid
from fakestripe.wire.form import Tree

if TYPE_CHECKING:
    from fakestripe.world import World

Answer = tuple[int, str]
"""HTTP status and JSON body."""


def fingerprint(method: str, path: str, params: Tree) -> str:
    text = json.dumps([method, path, params], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def earlier_answer(world: "World", key: str, print_: str) -> Answer | None:
    """What the key got before, within a day.

    Raises:
        StripeError: the key came with other parameters before.
    """
    if len(key) > 255:
        raise invalid("Idempotency keys must be at most 255 characters.", None)
    world.store.execute(
        "DELETE FROM answers WHERE created < ?", (world.clock.now() - DAY,)
    )
    row = world.store.execute(
        "SELECT fingerprint, status, body FROM answers WHERE idempotency_key = ?",
        (key,),
    ).fetchone()
    if row is None:
        return None
    if row[0] != print_:
        raise StripeError(
            "Keys for idempotent requests can only be used with the same parameters"
            f" they were first used with. Try using a key other than '{key}' if you"
            " meant to execute a different request.",
            kind="idempotency_error",
        )
    return row[1], row[2]


def remember(world: "World", key: str, print_: str, answer: Answer) -> None:
    world.store.execute(
        "INSERT INTO answers VALUES (?, ?, ?, ?, ?)",
        (key, print_, *answer, world.clock.now()),
    )
