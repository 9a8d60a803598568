"""One run of a reconciliation: tells what differs, mends it, and counts."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any

from billing import stripe
from billing.errors import BillingUnavailable, Busy

log = logging.getLogger(__name__)

CHUNK = 200

Say = Callable[[str], None]


class Run:
    """Afterwards `found`, `repaired` and `left` count the differences."""

    def __init__(self, since: datetime, *, dry_run: bool, say: Say) -> None:
        self.since = since
        self.dry_run = dry_run
        self.say = say
        self.found = self.repaired = self.left = 0

    @contextmanager
    def going_on(self, what: str) -> Iterator[None]:
        """Tell a failure as left to a person: one odd object must not hide the others.

        Raises:
            BillingUnavailable: there is no answer for the others either.
        """
        try:
            yield
        except BillingUnavailable:
            raise
        except Exception:
            log.exception("Could not look at %s", what)
            self.found += 1
            self.left += 1
            self.say(f"left: {what}: it could not be compared")

    def mend(self, what: str, how: Callable[[], Any] | None) -> None:
        """Note a difference, and end it by `how`; None when only a person can."""
        self.found += 1
        if self.dry_run:
            self.say(f"found: {what}")
            return
        if how is not None and self._succeeds(what, how):
            self.repaired += 1
            self.say(f"repaired: {what}")
            return
        self.left += 1
        self.say(f"left: {what}")

    def _succeeds(self, what: str, how: Callable[[], Any]) -> bool:
        try:
            with stripe.outages_translated():
                how()
        except Busy:
            return False  # a webhook is at work on the same customer
        except BillingUnavailable:
            raise
        except Exception:
            # One broken object must not keep the others from being mended: it is told
            # as left, and the exit code says so.
            log.exception("Could not mend %s", what)
            return False
        return True


def chunks(things: Iterator[Any]) -> Iterator[list[Any]]:
    iterator = iter(things)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
