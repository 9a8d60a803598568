"""How a row is made and stored.

Rows outlive a rollback of what they tell about. Those of a request wait in memory and are
written when it ends, after every transaction; a line in the log is written at once.
"""

import logging
import re
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import Error, connections, transaction
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from redis.exceptions import RedisError

from accounts.models import AuditEvent, User, normalize_email
from saas import logs

NAME = re.compile(r"[a-z_]+\.[a-z_]+")
LONGEST_DETAIL = 200  # characters
RARELY = 60  # seconds

Who = User | UUID | None
Scalar = str | int | float | bool | UUID | None

logger = logging.getLogger(__name__)


@dataclass
class Episode:
    """One request, and what it has brought about so far."""

    request: HttpRequest
    events: list[AuditEvent] = field(default_factory=list)


_episode: ContextVar[Episode | None] = ContextVar("audit_episode", default=None)


def record(
    event: str,
    *,
    request: Any = None,
    user: Who = None,
    actor: Who = None,
    address: str = "",
    factor: str = "",
    **details: Scalar,
) -> None:
    """Write down that `event` ("login.failed") happened to `user`, done by `actor`.

    `request` may be left out inside of one, and so may `actor` where it is who signed in.
    `address` is stored as a hash alone; `details` are short and hold no secrets.

    Raises:
        ValueError, TypeError: `event` is no such name, or a detail is no scalar.
    """
    if not NAME.fullmatch(event):
        raise ValueError(
            f"The name of an audit event is like login.failed, not {event}."
        )
    episode = _episode.get()
    http = _plain(request) or (episode.request if episode else None)
    row = AuditEvent(
        event=event,
        user_id=_key(user),
        actor_id=_key(actor) or (http and logs.user_id(http)),
        address_hash=address_hash(address) if address else "",
        factor=factor,
        request_id=logs.request_id(),
        details={name: _detail(name, value) for name, value in details.items()},
        **(_origin(http) if http else {}),
    )
    _keep(row, episode)


def _origin(http: HttpRequest) -> dict[str, Any]:
    agent = http.META.get("HTTP_USER_AGENT", "")
    return {"ip": client_ip(http), "user_agent": _text(agent, 255)}


def _keep(row: AuditEvent, episode: Episode | None) -> None:
    logger.info("audit", extra=_as_fields(row))
    if episode:
        episode.events.append(row)
    else:
        _write([row])


def record_once(event: str, **facts: Any) -> None:
    """Record it, unless this request has brought the same about already."""
    episode = _episode.get()
    known = [row.event for row in episode.events] if episode else []
    if event not in known:
        record(event, **facts)


def record_rarely(event: str, *, alike: str, **facts: Any) -> None:
    """Record what a stranger could repeat at will, once in a minute for each `alike`."""
    digest = sha256(f"{event} {alike}".encode(errors="replace")).hexdigest()
    try:
        is_first = cache.add(f"audit:{digest}", True, timeout=RARELY)
    except RedisError:
        is_first = True
    if is_first:
        record_once(event, **facts)


def address_hash(address: str, secret: str | None = None) -> str:
    """The same for the same mailbox, and nothing that a list of addresses would match."""
    spelled = normalize_email(address)
    return salted_hmac(
        "accounts.audit.address", spelled, secret, algorithm="sha256"
    ).hexdigest()


def address_hashes(address: str) -> list[str]:
    """All that stand for `address`: by the SECRET_KEY of now, and by those before it."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [address_hash(address, key) for key in keys]


@contextmanager
def recording(request: HttpRequest) -> Generator[None, None, None]:
    """Keep what happens inside until it is over, and then write it."""
    episode = Episode(request)
    token = _episode.set(episode)
    try:
        yield
    finally:
        _episode.reset(token)
        if episode.events:
            _write(episode.events)


def _write(rows: list[AuditEvent]) -> None:
    """Store the rows, whatever becomes of the transaction of the caller, if there is one.

    One that cannot be stored stands in the log, whole, with an error: the request goes on,
    for who signs out must get out.
    """
    try:
        try:
            _store(rows)
        except RuntimeError:  # `durable` refuses inside of a transaction
            _store_elsewhere(rows)
    except Error:
        lost = [_as_fields(row) for row in rows]
        logger.exception("audit_not_written", extra={"lost": lost})


def _store(rows: list[AuditEvent]) -> None:
    with transaction.atomic(durable=True):
        AuditEvent.objects.bulk_create(rows)


def _store_elsewhere(rows: list[AuditEvent]) -> None:
    """In a thread of its own, which has a connection of its own."""

    def store() -> None:
        try:
            _store(rows)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(store).result()


def _plain(request: Any) -> HttpRequest | None:
    """Django's request, also where DRF has wrapped it."""
    return getattr(request, "_request", request)


def _key(who: Who) -> UUID | None:
    return who.pk if isinstance(who, User) else who


def client_ip(http: HttpRequest) -> str | None:
    try:
        found = get_adapter(http).get_client_ip(http)
        return found.partition("%")[0]  # without the interface of a local IPv6 address
    except PermissionDenied:  # nobody knows: it came past the proxies
        return None


def _detail(name: str, value: Scalar) -> Scalar:
    if isinstance(value, str | UUID):
        return _text(str(value), LONGEST_DETAIL)
    if value is None or isinstance(value, bool | int | float):
        return value
    raise TypeError(f"The detail {name} of an audit event is no text, number or truth.")


def _text(value: str, longest: int) -> str:
    """What PostgreSQL can store of a text that a stranger chose, on one line."""
    storable = value[:longest].encode(errors="replace").decode()
    return "".join(c if c.isprintable() else "?" for c in storable)


def _as_fields(row: AuditEvent) -> dict[str, Any]:
    fields = {
        "audit_event": row.event,
        "audit_id": str(row.pk),
        "user_id": row.user_id and str(row.user_id),
        "actor_id": row.actor_id and str(row.actor_id),
        "address_hash": row.address_hash,
        "factor": row.factor,
        "ip": row.ip,
        "user_agent": row.user_agent,
        "details": row.details,
    }
    return {name: value for name, value in fields.items() if value}
