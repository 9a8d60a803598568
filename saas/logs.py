"""What is written to the log, and how: one line a request, with an id that ties lines together.

Everything goes to standard output, through the logging of Python: our lines, Django's and the
server's alike. In production each is one JSON object; in development it is a readable text.
"""

import re
import time
import uuid
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import structlog
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.encoding import escape_uri_path
from django.utils.functional import SimpleLazyObject
from structlog.typing import EventDict, Processor

# What a client may choose as an id: long enough for a UUID or a trace, nothing that breaks a line.
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
# Parts of a path that open something: whoever reads the log must not be able to use them.
SECRET_PARTS = ("key", "token", "uidb36", "code")
QUIET_PATHS = ("/health/", "/static/")

logger = structlog.get_logger("saas.request")


def without_leftovers(logger: object, method: str, event: EventDict) -> EventDict:
    """Django hands its request on as a field, and names the whole path in a crash's line.

    Other formatters leave their text on the record; it would stand there twice.
    """
    request = event.pop("request", None)
    if isinstance(request, HttpRequest):
        safe = safe_path(request.path, request.resolver_match)
        event["event"] = str(event["event"]).replace(request.path, safe)
    event.pop("message", None)
    event.pop("asctime", None)
    return event


SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.ExtraAdder(),  # the fields of `logger.info("paid", extra={...})`
    without_leftovers,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]

structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        *SHARED,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)


def configuration(log_format: str) -> dict[str, Any]:
    """Python's logging configuration (`dictConfig`) for the format `json` or `text`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    # Text, not structure: that would carry the values of local variables.
                    structlog.processors.format_exc_info,
                    structlog.processors.JSONRenderer(),
                ],
            },
            "text": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.dev.ConsoleRenderer(
                        colors=False,
                        exception_formatter=structlog.dev.plain_traceback,
                    ),
                ],
            },
        },
        "handlers": {
            "stdout": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
                "formatter": log_format,
            }
        },
        "root": {"handlers": ["stdout"], "level": "INFO"},
        "loggers": {
            # Django brings handlers of its own; these would write each line twice.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            # The line of a refused request is ours; crashes come with their traceback.
            "django.request": {"level": "ERROR"},
            "django.security": {"level": "ERROR"},
            # Scanners send any Host; the answer is a 400 in the line of the request.
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            # The development server's own line for each request, with its query.
            "django.server": {"handlers": [], "level": "CRITICAL", "propagate": True},
            "environ": {"level": "WARNING"},  # a missing .env is no news
            "gunicorn.error": {"handlers": [], "level": "INFO", "propagate": True},
            "gunicorn.access": {"handlers": [], "level": "WARNING", "propagate": True},
        },
    }


def request_id() -> str:
    """The id of the request that is being answered, or "" outside of one."""
    return structlog.contextvars.get_contextvars().get("request_id", "")


def begin(request: HttpRequest) -> tuple[str, float]:
    """Give the lines of this request its id; the client's, where it sent a harmless one."""
    sent = request.headers.get("X-Request-ID", "")
    name = sent if REQUEST_ID.fullmatch(sent) else uuid.uuid4().hex
    # A thread answers many requests, one after the other: nothing of the last one stays.
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=name)
    return name, time.perf_counter()


def finish(request: HttpRequest, response: HttpResponse, started: float) -> None:
    """Write the line of this request: never its query, its headers or its body."""
    status = response.status_code
    if status < 400 and request.path.startswith(QUIET_PATHS):
        return
    match = request.resolver_match
    fields = {
        "method": request.method,
        "path": safe_path(request.path, match),
        "status": status,
        "duration_ms": round((time.perf_counter() - started) * 1000, 1),
        "user_id": user_id(request),
        "workspace_id": workspace_id(match),
    }
    logger.info("request", **{k: v for k, v in fields.items() if v is not None})


def safe_path(path: str, match: ResolverMatch | None) -> str:
    """The path without its secrets (the key of a reset link), and on one line."""
    for name in SECRET_PARTS:
        value = match.kwargs.get(name) if match else None
        if value:
            path = path.replace(str(value), "***")
    return escape_uri_path(path)


def safe_url(url: str) -> str:
    """An address without its query and the secrets of its path."""
    parts = urlsplit(url)
    path = unquote(parts.path)
    try:
        match = resolve(path)
    except Resolver404:
        match = None
    safe = safe_path(path, match)
    return urlunsplit((parts.scheme, parts.netloc, safe, "", ""))


def user_id(request: HttpRequest) -> str | None:
    """Who asked, if that was found out already: the log never costs a query."""
    user = vars(request).get("user")
    if isinstance(user, SimpleLazyObject):  # a page: loaded only if somebody looked
        user = getattr(request, "_cached_user", None)
    return str(user.pk) if user is not None and user.is_authenticated else None


def workspace_id(match: ResolverMatch | None) -> str | None:
    if match is None:
        return None
    is_itself = (match.url_name or "").startswith("workspace-")
    found = match.kwargs.get("id" if is_itself else "workspace_id")
    return None if found is None else str(found)
