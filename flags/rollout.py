"""Which share of the subjects a percentage reaches: the same ones on every device and server."""

import hashlib
import uuid


def bucket(feature_name: str, unit: str, unit_id: uuid.UUID | str) -> int:
    """A number from 0 to 99, fixed for this feature and subject.

    The feature is part of the hash, or the same people would be first every time.
    """
    # Not hash(): Python salts it anew in every process.
    digest = hashlib.sha256(f"{feature_name}:{unit}:{unit_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % 100


def is_reached(
    percentage: int, feature_name: str, unit: str, unit_id: uuid.UUID | str
) -> bool:
    """Whoever is reached by a percentage is reached by every larger one."""
    return bucket(feature_name, unit, unit_id) < percentage
