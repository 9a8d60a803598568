"""Counting how often something was tried, one by one, also when tries come in parallel."""

from django.core.cache import cache

from saas.errors import RateLimited


def spend(name: str, *, limit: int, seconds: int, message: str | None = None) -> None:
    """Count one try under `name`, whose count begins anew `seconds` after the first one.

    Raises:
        RateLimited: there were `limit` tries already.
    """
    key = _key(name)
    cache.add(key, 0, timeout=seconds)
    try:
        tries = cache.incr(key)
    except ValueError:  # its time ran out in between
        tries = 1
    if tries > limit:
        raise RateLimited(message, retry_after=seconds)


def forget(name: str) -> None:
    """Let the count under `name` begin anew."""
    cache.delete(_key(name))


def _key(name: str) -> str:
    return f"limit:{name}"
