"""The queue of deliveries: one row for each event and endpoint, until it arrived."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fakestripe.state.store import Condition, Object, equals

if TYPE_CHECKING:
    from fakestripe.world import World

MINUTE, HOUR = 60, 3_600
# Stripe tries for up to three days with growing pauses; ours start small enough to be
# watched. Seconds by the fake's clock: moving the clock brings the retries on.
RETRY_DELAYS = (1, 5, 30, 2 * MINUTE, 10 * MINUTE, HOUR, 3 * HOUR, *(12 * HOUR,) * 5)


@dataclass(frozen=True)
class Delivery:
    id: int
    event: str
    endpoint: str
    attempts: int


@dataclass(frozen=True)
class Outcome:
    """`status` None: nobody answered, `error` says why. `seconds` it took."""

    status: int | None
    answer: str
    seconds: float
    error: str | None = None

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def queue(world: "World", event: Object) -> int:
    """Queue for every endpoint that wants the event; gives how many do."""
    chaos, wanted = world.chaos, wanting(world, event)
    for endpoint in wanted:
        state = "dropped" if chaos.happens(chaos.drop) else "pending"
        copies = 2 if chaos.happens(chaos.duplicates) else 1
        for is_duplicate in range(copies):
            world.store.execute(
                "INSERT INTO deliveries (event, endpoint, state, is_duplicate, due_at)"
                " VALUES (?, ?, ?, ?, ?)",
                (
                    event["id"],
                    endpoint["id"],
                    state,
                    is_duplicate,
                    world.clock.time() + chaos.dice.random() * chaos.delay,
                ),
            )
    return len(wanted)


def wanting(world: "World", event: Object) -> list[Object]:
    """The enabled endpoints that asked for events of this type."""
    enabled = world.store.find("webhook_endpoint", equals("status", "enabled"))
    types = {"*", event["type"]}
    return [e for e in enabled if types & set(e["enabled_events"])]


def due(world: "World", busy: set[int]) -> Delivery | None:
    """The next delivery to try that no one is trying already."""
    order = "random()" if world.chaos.disorder else "due_at, id"
    marks = ", ".join("?" * len(busy))
    row = world.store.execute(
        "SELECT id, event, endpoint, attempts FROM deliveries"
        f" WHERE state = 'pending' AND due_at <= ? AND id NOT IN ({marks})"
        f" ORDER BY {order} LIMIT 1",
        (world.clock.time(), *busy),
    ).fetchone()
    return Delivery(*row) if row else None


def next_due_at(world: "World", busy: set[int]) -> float | None:
    marks = ", ".join("?" * len(busy))
    return world.store.execute(
        f"SELECT min(due_at) FROM deliveries WHERE state = 'pending'"
        f" AND id NOT IN ({marks})",
        tuple(busy),
    ).fetchone()[0]


def finish(
    world: "World", delivery: Delivery, outcome: Outcome, retries: tuple[float, ...]
) -> None:
    """Note the attempt, and whether it was the last."""
    event = world.store.get(delivery.event)
    endpoint = world.store.get(delivery.endpoint)
    if event is None or endpoint is None:
        return  # Everything was reset, or the endpoint deleted, meanwhile.
    world.store.execute(
        "INSERT INTO attempts"
        " (delivery, event, type, url, at, status, error, answer, seconds)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            delivery.id,
            event["id"],
            event["type"],
            endpoint["url"],
            time.time(),
            outcome.status,
            outcome.error,
            outcome.answer,
            outcome.seconds,
        ),
    )
    state, due_at = "pending", world.clock.time()
    if outcome.is_success:
        state = "delivered"
    elif delivery.attempts >= len(retries):
        state = "failed"
    else:
        due_at += retries[delivery.attempts]
    world.store.execute(
        "UPDATE deliveries SET state = ?, due_at = ?, attempts = attempts + 1"
        " WHERE id = ?",
        (state, due_at, delivery.id),
    )
    count_pending(world, event)


def count_pending(world: "World", event: Object) -> None:
    """Set the event's `pending_webhooks`: the endpoints it has not reached (yet)."""
    event["pending_webhooks"] = world.store.execute(
        "SELECT count(*) FROM deliveries"
        " WHERE event = ? AND NOT is_duplicate AND state <> 'delivered'",
        (event["id"],),
    ).fetchone()[0]


def give_up(world: "World", delivery: Delivery) -> None:
    """The endpoint is gone."""
    world.store.execute(
        "UPDATE deliveries SET state = 'failed' WHERE id = ?", (delivery.id,)
    )


def succeeded(is_success: bool) -> Condition:
    """Events that reached all their endpoints, or those that did not (yet)."""
    sql = (
        "id {} (SELECT event FROM deliveries"
        " WHERE NOT is_duplicate AND state <> 'delivered')"
    )
    return sql.format("NOT IN" if is_success else "IN"), ()


def pending(world: "World") -> int:
    return world.store.execute(
        "SELECT count(*) FROM deliveries WHERE state = 'pending'"
    ).fetchone()[0]


def log(world: "World", limit: int = 1_000) -> list[dict[str, Any]]:
    """The latest attempts, oldest first."""
    names = "event", "type", "url", "at", "status", "error", "answer", "seconds"
    rows = world.store.execute(
        f"SELECT {', '.join(names)} FROM attempts ORDER BY id DESC LIMIT ?", (limit,)
    ).fetchall()
    return [dict(zip(names, row, strict=True)) for row in reversed(rows)]
