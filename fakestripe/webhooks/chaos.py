"""Trouble on demand: slow answers, and deliveries late, doubled, shuffled or lost."""

import random
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Chaos:
    """Seconds are real seconds, shares run from 0 (never) to 1 (always)."""

    latency: float = 0.0
    """Seconds that every API answer takes."""
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
        for name, most in (
            ("latency", 60),
            ("delay", 60),
            ("duplicates", 1),
            ("drop", 1),
        ):
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

    def as_dict(self) -> dict[str, Any]:
        return {
            "latency": self.latency,
            "delay": self.delay,
            "duplicates": self.duplicates,
            "drop": self.drop,
            "disorder": self.disorder,
            "seed": self.seed,
        }
