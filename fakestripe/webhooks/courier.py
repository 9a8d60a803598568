"""The threads that post events to the endpoints."""

import http.client
import json
import threading
import time
import urllib.parse
from typing import TYPE_CHECKING

from fakestripe.state.store import Object
from fakestripe.webhooks import deliveries, endpoints, signature
from fakestripe.webhooks.deliveries import Delivery, Outcome
from fakestripe.wire.expand import public

if TYPE_CHECKING:
    from fakestripe.world import World

TIMEOUT = 10.0
WORKERS = 4
ANSWER_KEPT = 2_000


class Courier:
    """Takes what is due, posts it, notes the answer; starts with what a stop left."""

    def __init__(
        self, world: "World", retries: tuple[float, ...], workers: int = WORKERS
    ) -> None:
        self._world = world
        self._retries = retries
        self._busy: set[int] = set()
        self._is_stopped = False
        self._threads = [
            threading.Thread(target=self._work, name=f"courier-{n}", daemon=True)
            for n in range(workers)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        with self._world.changed:
            self._is_stopped = True
            self._world.changed.notify_all()
        for thread in self._threads:
            thread.join(TIMEOUT + 1)

    def wait(self, seconds: float) -> None:
        """Until every delivery has arrived or failed for good.

        Raises:
            TimeoutError: some had not after `seconds`.
        """
        until = time.monotonic() + seconds
        with self._world.changed:
            while left := deliveries.pending(self._world):
                rest = until - time.monotonic()
                if rest <= 0:
                    last = deliveries.log(self._world, 3)
                    raise TimeoutError(f"{left} deliveries are pending; last: {last}")
                self._world.changed.wait(min(rest, 1))

    def _work(self) -> None:
        while (claim := self._claim()) is not None:
            delivery, event, endpoint = claim
            body = json.dumps(event)
            older = endpoints.older_secret(self._world, endpoint)
            signed = signature.header(body, endpoint["_secret"], older=older)
            outcome = post(endpoint["url"], body, signed)
            with self._world.changed:
                with self._world.transaction():
                    deliveries.finish(self._world, delivery, outcome, self._retries)
                self._busy.discard(delivery.id)
                self._world.changed.notify_all()

    def _claim(self) -> tuple[Delivery, Object, Object] | None:
        """Wait for work; None when it is time to stop."""
        world = self._world
        with world.changed:
            while not self._is_stopped:
                # The store's own: looking for work must not wake the others.
                with world.store.transaction():
                    delivery = deliveries.due(world, self._busy)
                    if delivery:
                        event = world.store.get(delivery.event)
                        endpoint = world.store.get(delivery.endpoint)
                        if event and endpoint and "_secret" in endpoint:
                            self._busy.add(delivery.id)
                            return delivery, public(event), dict(endpoint)
                        deliveries.give_up(world, delivery)
                        continue
                world.changed.wait(self._pause())
        return None

    def _pause(self) -> float:
        with self._world.store.transaction():
            due_at = deliveries.next_due_at(self._world, self._busy)
        if due_at is None:
            return 60.0
        return min(max(due_at - self._world.clock.time(), 0.01), 60.0)


def post(url: str, body: str, signed: str) -> Outcome:
    """One attempt. A redirect is an answer, not a way: Stripe does not follow them."""
    address = urllib.parse.urlsplit(url)
    is_secure = address.scheme.lower() == "https"
    connect = http.client.HTTPSConnection if is_secure else http.client.HTTPConnection
    path = (address.path or "/") + (f"?{address.query}" if address.query else "")
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signed,
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "Connection": "close",
    }
    started = time.monotonic()
    try:
        connection = connect(address.hostname or "", address.port, timeout=TIMEOUT)
        try:
            connection.request("POST", path, body.encode(), headers)
            response = connection.getresponse()
            answer = response.read(ANSWER_KEPT).decode("utf-8", "replace")
            return Outcome(response.status, answer, time.monotonic() - started)
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError) as e:
        seconds = time.monotonic() - started
        return Outcome(None, "", seconds, error=f"{type(e).__name__}: {e}")
