"""Everything that a request can touch: the objects, the clock, who asks."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fakestripe.state.clock import Clock
from fakestripe.state.ids import new_id
from fakestripe.state.store import Object, Store
from fakestripe.webhooks.chaos import Chaos
from fakestripe.wire.errors import no_such


class World:
    """One fake Stripe account."""

    def __init__(self, path: Path | str | None = None, chaos: Chaos | None = None):
        self.store = Store(path)
        self.chaos = chaos or Chaos()
        self.base_url = "http://127.0.0.1"
        # Waiting for a change and making one share the store's lock.
        self.changed = threading.Condition(self.store.lock)
        self.request_id: str | None = None
        self.idempotency_key: str | None = None
        with self.transaction():
            self.clock = Clock(float(self.store.fact("clock_offset") or 0))

    @contextmanager
    def transaction(
        self, request_id: str | None = None, idempotency_key: str | None = None
    ) -> Iterator[None]:
        """All or nothing, one at a time. Wakes the courier when it is done."""
        with self.changed:
            is_outermost = self.request_id is None
            if is_outermost:
                self.request_id, self.idempotency_key = request_id, idempotency_key
            try:
                with self.store.transaction():
                    yield
            finally:
                if is_outermost:
                    self.request_id = self.idempotency_key = None
            self.changed.notify_all()

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """What happens within is undone, for an answer to "what if"."""
        dice = self.chaos.dice.getstate()
        try:
            with self.store.rehearsal():
                yield
        finally:
            self.chaos.dice.setstate(dice)

    def new(
        self, kind: str, prefix: str, id_: str | None = None, **more: Any
    ) -> Object:
        """Keep a new object with the fields that (nearly) all kinds have."""
        return self.store.add(
            {
                "id": id_ or new_id(prefix),
                "object": kind,
                "created": self.clock.now(),
                "livemode": False,
                **more,
            }
        )

    def get(
        self, kind: str, id_: str, *, param: str = "id", deleted: bool = False
    ) -> Object:
        """The object of this kind.

        Raises:
            StripeError: `resource_missing`; deleted ones too, unless asked for.
        """
        obj = self.store.get(id_)
        if obj is None or obj["object"] != kind:
            raise no_such(kind, id_, param)
        if obj.get("deleted") and not deleted:
            raise no_such(kind, id_, param)
        return obj

    def delete(self, kind: str, id_: str) -> Object:
        """Leave only the tombstone that Stripe leaves."""
        obj = self.get(kind, id_)
        obj.clear()
        obj.update(id=id_, object=kind, deleted=True)
        return obj

    def reset(self) -> None:
        """Forget everything, and go back to the present."""
        with self.transaction():
            self.store.clear()
            self.clock.offset = 0.0
