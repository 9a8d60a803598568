"""What became of the deliveries, for people, and sending them once more."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fakestripe.state.store import Object
from fakestripe.webhooks import deliveries
from fakestripe.wire.errors import StripeError

if TYPE_CHECKING:
    from fakestripe.world import World


@dataclass(frozen=True)
class Record:
    """One delivery with its latest attempt; `status` None: no answer (yet)."""

    id: int
    endpoint: str
    state: str
    is_duplicate: bool
    due_at: float
    tries: int
    status: int | None
    error: str | None
    answer: str | None

    @property
    def outcome(self) -> str:
        """The status of the last answer, or why there was none."""
        return str(self.status) if self.status is not None else self.error or ""


def of(world: "World", event_id: str) -> list[Record]:
    """The event's deliveries, oldest first."""
    rows = world.store.execute(
        "SELECT d.id, d.endpoint, d.state, d.is_duplicate, d.due_at,"
        " (SELECT count(*) FROM attempts WHERE delivery = d.id),"
        " a.status, a.error, a.answer"
        " FROM deliveries d LEFT JOIN attempts a ON a.id ="
        " (SELECT max(id) FROM attempts WHERE delivery = d.id)"
        " WHERE d.event = ? ORDER BY d.id",
        (event_id,),
    ).fetchall()
    return [Record(*row) for row in rows]


def resend_event(world: "World", event: Object) -> int:
    """Once more to every endpoint that wants it now; gives how many do."""
    wanted = deliveries.wanting(world, event)
    for endpoint in wanted:
        row = world.store.execute(
            "SELECT id FROM deliveries"
            " WHERE event = ? AND endpoint = ? AND NOT is_duplicate",
            (event["id"], endpoint["id"]),
        ).fetchone()
        if row:
            _again(world, row[0])
        else:
            # The endpoint came after the event.
            world.store.execute(
                "INSERT INTO deliveries (event, endpoint, state, is_duplicate, due_at)"
                " VALUES (?, ?, 'pending', 0, ?)",
                (event["id"], endpoint["id"], world.clock.time()),
            )
    deliveries.count_pending(world, event)
    return len(wanted)


def resend(world: "World", delivery_id: int) -> str:
    """Post one delivery once more; gives the id of its event.

    Raises:
        StripeError: no such delivery, or its event is forgotten.
    """
    row = world.store.execute(
        "SELECT event FROM deliveries WHERE id = ?", (delivery_id,)
    ).fetchone()
    if row is None:
        raise StripeError(f"No such delivery: {delivery_id}", status=404)
    event = world.get("event", row[0])
    _again(world, delivery_id)
    deliveries.count_pending(world, event)
    return event["id"]


def _again(world: "World", delivery_id: int) -> None:
    # The retries start over: whoever presses the button has mended something.
    world.store.execute(
        "UPDATE deliveries SET state = 'pending', due_at = ?, attempts = 0"
        " WHERE id = ?",
        (world.clock.time(), delivery_id),
    )
