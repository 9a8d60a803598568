"""Trouble on demand: an API that is slow or fails, deliveries late, doubled or lost."""

import random
from dataclasses import dataclass, field
from typing import Any, Literal

ApiTrouble = Literal["rate_limits", "failures", "lost_answers"]
API_TROUBLES: tuple[ApiTrouble, ...] = ("rate_limits", "failures", "lost_answers")
SHARES = ("duplicates", "drop", *API_TROUBLES)


@dataclass
class Chaos:
    """Seconds are real seconds, shares run from 0 (never) to 1 (always)."""

    latency: float = 0.0
    """Seconds that every API answer takes."""
    rate_limits: float = 0.0
    """Share of API requests refused with 429."""
    failures: float = 0.0
    """Share of API requests that do nothing and answer 500."""
    lost_answers: float = 0.0
    """Share of API requests that are done, and answer 500 all the same."""
    delay: float = 0.0
    """Each delivery waits up to so many seconds."""
    duplicates: float = 0.0
    """Share of events delivered twice."""
    drop: float = 0.0
    """Share of events never delivered: for Stripe they failed for good."""
    disorder: bool = False
    """Due deliveries leave in random order."""
    seed: int | None = None
    """The same seed gives the same trouble."""
    dice: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        limits = {"latency": 60, "delay": 60, **dict.fromkeys(SHARES, 1)}
        for name, most in limits.items():
            value = getattr(self, name)
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if not is_number or not 0 <= value <= most:
                raise ValueError(f"{name} must be a number from 0 to {most}")
        if not isinstance(self.disorder, bool):
            raise ValueError("disorder must be true or false")
        if self.seed is not None and not isinstance(self.seed, int):
            raise ValueError("seed must be a whole number")
        self.dice = random.Random(self.seed)

    def happens(self, share: float) -> bool:
        return share > 0 and self.dice.random() < share

    def of_api(self) -> ApiTrouble | None:
        """What becomes of the next request to the API."""
        for name in API_TROUBLES:
            if self.happens(getattr(self, name)):
                return name
        return None

    def as_dict(self) -> dict[str, Any]:
        names = ("latency", "delay", *SHARES, "disorder", "seed")
        return {name: getattr(self, name) for name in names}
