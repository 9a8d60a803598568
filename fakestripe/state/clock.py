"""A clock that can be moved forward, and the calendar of billing periods."""

import calendar
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

DAY = 86_400
HOUR = 3_600


class Clock:
    """Real time plus an offset in seconds; it only ever moves forward."""

    def __init__(self, offset: float = 0.0) -> None:
        self.offset = offset
        self._frozen_at: float | None = None

    def time(self) -> float:
        if self._frozen_at is not None:
            return self._frozen_at
        return time.time() + self.offset

    def now(self) -> int:
        """Unix seconds, as in every `created` of the API."""
        return int(self.time())

    @contextmanager
    def standing_at(self, moment: float) -> Iterator[None]:
        """It is `moment`, while what is due then is done."""
        self._frozen_at = moment
        try:
            yield
        finally:
            self._frozen_at = None

    def move_to(self, moment: float) -> None:
        """Run on from `moment`, unless it has passed."""
        self.offset = max(self.offset, moment - time.time())


def plus_intervals(anchor: int, interval: str, count: int) -> int:
    """`count` intervals after `anchor`; a month keeps the anchor's day of the month.

    The 31st falls on the last day of a shorter month, and on the 31st again later.
    """
    if interval in ("day", "week"):
        return anchor + count * DAY * (7 if interval == "week" else 1)
    start = datetime.fromtimestamp(anchor, UTC)
    months = start.month - 1 + count * (12 if interval == "year" else 1)
    year, month = start.year + months // 12, months % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return int(start.replace(year=year, month=month, day=day).timestamp())


def next_boundary(anchor: int, after: int, interval: str, count: int) -> int:
    """The first end of a billing period, counted from `anchor`, later than `after`."""
    lengths = {"day": DAY, "week": 7 * DAY, "month": 31 * DAY, "year": 366 * DAY}
    # The longest possible period gives a lower bound, so the loop runs a few times.
    steps = max(0, (after - anchor) // (lengths[interval] * count))
    while (boundary := plus_intervals(anchor, interval, steps * count)) <= after:
        steps += 1
    return boundary
