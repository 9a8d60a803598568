"""`FakeStripe`: the whole thing in one object, for a process or for a test."""

import json
import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

from fakestripe import agenda
from fakestripe.guard import refuse_production
from fakestripe.resources import (
    cards,
    checkout_payment,
    collection,
    disputes,
    payment_methods,
    subscription_changes,
)
from fakestripe.server import Server
from fakestripe.state.clock import DAY
from fakestripe.state.store import Object, equals
from fakestripe.webhooks import deliveries, endpoints, signature
from fakestripe.webhooks.chaos import Chaos
from fakestripe.webhooks.courier import Courier
from fakestripe.wire.errors import invalid
from fakestripe.wire.expand import public
from fakestripe.world import World

TICK = 1.0


class FakeStripe:
    """Thread safe. Without `data` (a file) it forgets everything when it goes.

    Nothing is delivered until a webhook is registered.
    """

    def __init__(
        self,
        data: Path | str | None = None,
        *,
        chaos: Chaos | None = None,
        retry_delays: tuple[float, ...] = deliveries.RETRY_DELAYS,
    ) -> None:
        refuse_production(os.environ)
        self.world = World(data, chaos)
        self._courier = Courier(self.world, retry_delays)
        self._server: Server | None = None
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(
        self, port: int = 0, host: str = "127.0.0.1", public_url: str | None = None
    ) -> str:
        """Serve in threads and give the address; port 0 takes a free one.

        `public_url` is what a browser uses, where that differs (containers).

        Raises:
            OSError: the port is taken.
        """
        self._server = Server((host, port), self.world)
        url = f"http://{host}:{self._server.server_address[1]}"
        self.world.base_url = (public_url or url).rstrip("/")
        for name, work in (
            ("server", self._serve),
            ("clock", self._tick),
        ):
            thread = threading.Thread(
                target=work, name=f"fakestripe-{name}", daemon=True
            )
            thread.start()
            self._threads.append(thread)
        self._courier.start()
        return url

    @property
    def url(self) -> str:
        """Where the API and the pages are."""
        return self.world.base_url

    def stop(self) -> None:
        """Stop serving and delivering; what was not delivered stays in `data`."""
        self._stopping.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._courier.stop()
        for thread in self._threads:
            thread.join()
        self.world.store.close()

    def __enter__(self) -> "FakeStripe":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def reset(self) -> None:
        """Forget all objects, webhooks and deliveries; back to the present."""
        self.world.reset()

    def register_webhook(self, url: str, secret: str, *, moving: bool = False) -> str:
        """Send all events there from now on; gives the endpoint's id.

        With `moving`, there instead of where the last such call said.
        """
        with self.world.transaction():
            return endpoints.register(self.world, url, secret, moving=moving)["id"]

    def complete_checkout(
        self,
        session_id: str,
        *,
        email: str = "guest@example.com",
        card: str | None = "4242424242424242",
        name: str = "Jenny Rosen",
    ) -> Object:
        """Pay as the customer would; `email` counts where the page would ask for it.

        A card that asks for authentication gets it; None is for a page without cards.

        Raises:
            StripeError: the card is refused, or the session is not open.
        """
        with self.world.transaction():
            session = self.world.get("checkout.session", session_id)
            chosen = _card(card) if card else None
            checkout_payment.complete(
                self.world, session, chosen, email=email, name=name
            )
            return public(session)

    def use_card(self, customer_id: str, card: str) -> Object:
        """Change the customer's card, as the portal does; gives the payment method.

        Raises:
            StripeError: the card cannot be saved.
        """
        with self.world.transaction():
            customer = self.world.get("customer", customer_id)
            method = payment_methods.build(self.world, _card(card))
            subscription_changes.use_card(self.world, customer, method)
            return public(method)

    def dispute(self, charge_id: str, reason: str = "fraudulent") -> Object:
        """The customer asks the bank for the money back.

        Raises:
            StripeError: the charge cannot be disputed.
        """
        with self.world.transaction():
            charge = self.world.get("charge", charge_id)
            return public(disputes.open_by_hand(self.world, charge, reason))

    def decide_dispute(self, dispute_id: str, *, is_won: bool) -> Object:
        """The bank decides.

        Raises:
            StripeError: it has decided before.
        """
        with self.world.transaction():
            dispute = disputes.decide_by_hand(self.world, dispute_id, is_won=is_won)
            return public(dispute)

    def roll_secret(
        self, endpoint_id: str, secret: str | None = None, *, overlap: float = DAY
    ) -> str:
        """A new signing secret; the old one signs too for `overlap` seconds."""
        with self.world.transaction():
            return endpoints.roll_secret(
                self.world, endpoint_id, secret, overlap=overlap
            )

    def advance(self, *, days: float = 0, seconds: float = 0) -> None:
        """Move the clock, and let happen what becomes due."""
        agenda.advance(self.world, days * DAY + seconds)

    def now(self) -> int:
        """The fake's clock, in unix seconds."""
        return self.world.clock.now()

    def get(self, id_: str) -> Object | None:
        """Any object by its id, as the API would show it."""
        with self.world.transaction():
            return public(self.world.store.get(id_))

    def events(self, type_: str | None = None) -> list[Object]:
        """Oldest first, of one type or all."""
        conditions = [equals("type", type_)] if type_ else []
        with self.world.transaction():
            found = self.world.store.find("event", *conditions, oldest_first=True)
            return [public(event) for event in found]

    def signed(
        self, event: Object, secret: str, at: int | None = None
    ) -> tuple[str, str]:
        """Body and `Stripe-Signature` header, for a test that posts it itself."""
        body = json.dumps(event)
        return body, signature.header(body, secret, at)

    def wait_until_delivered(self, deadline: float = 10.0) -> None:
        """Until nothing is pending any more.

        Raises:
            TimeoutError: something still was after `deadline` seconds.
        """
        self._courier.wait(deadline)

    def deliveries(self) -> list[dict[str, Any]]:
        """The attempts so far with their answers, oldest first."""
        with self.world.transaction():
            return deliveries.log(self.world)

    def set_chaos(self, **settings: Any) -> None:
        """As the fields of `Chaos`; what is not named goes back to normal."""
        with self.world.transaction():
            self.world.chaos = Chaos(**settings)

    def set_after_dunning(self, end: str) -> None:
        """What the last failed payment does: `cancel`, `unpaid` or `past_due`."""
        with self.world.transaction():
            collection.set_after_dunning(self.world, end)

    def _serve(self) -> None:
        assert self._server is not None
        # A short interval, for stopping waits for it.
        self._server.serve_forever(poll_interval=0.05)

    def _tick(self) -> None:
        while not self._stopping.wait(TICK):
            agenda.run_due(self.world)


def _card(number: str) -> cards.Card:
    if problem := cards.problem_with_number(number):
        raise invalid(problem, "card")
    return cards.CARDS[cards.digits(number)]
