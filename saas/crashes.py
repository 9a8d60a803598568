"""What Sentry is told of a crash: where it happened, nothing that opens a door."""

from typing import Any

import sentry_sdk

from saas.logs import safe_url

Event = dict[str, Any]


def report_to(dsn: str) -> None:
    sentry_sdk.init(
        dsn,
        # What people send and what variables hold stays here.
        send_default_pii=False,
        max_request_body_size="never",
        include_local_variables=False,
        before_send=without_secrets,
        before_breadcrumb=without_query,
    )


def without_secrets(event: Event, hint: Event) -> Event:
    """Addresses as the log has them: no query, no key of a link, in the Referer neither."""
    request = event.get("request", {})
    request.pop("query_string", None)
    if "url" in request:
        request["url"] = safe_url(request["url"])
    headers = request.get("headers", {})
    for name in headers:
        if name.lower() == "referer":
            headers[name] = safe_url(str(headers[name]))
    return event


def without_query(crumb: Event, hint: Event) -> Event:
    """A call to Stripe on the way to the crash may name a customer in its query."""
    for name in ("http.query", "http.fragment"):
        crumb.get("data", {}).pop(name, None)
    return crumb
