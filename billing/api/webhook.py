"""Where Stripe tells what happened.

Anybody can post here, and dj-stripe stores a request before it looks at it. So everything
that can be refused is refused first; then dj-stripe stores and handles the event.
"""

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.decorators import method_decorator
from djstripe.models import WebhookEndpoint, WebhookEventTrigger
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from billing.errors import (
    BillingUnavailable,
    InvalidSignature,
    MalformedEvent,
    WrongMode,
)
from billing.one_account import known_once
from billing.stripe import outages_translated, verify_signature
from billing.webhooks import EVENTS
from saas.schema import refuses

SIGNATURE = "Stripe-Signature"
ENDPOINT_ID = "we_of_the_environment"
LAST_SECOND = 253_402_300_799  # of the year 9999


@dataclass(frozen=True)
class Delivery:
    """What dj-stripe needs of a request. It stores all of it, so there is no more than that."""

    body: bytes
    headers: dict[str, str]
    META: dict[str, str]
    encoding: str = "utf-8"


# In the transaction of ATOMIC_REQUESTS the note of a failure would be undone with the rest.
@method_decorator(transaction.non_atomic_requests, name="dispatch")
class StripeWebhookViewSet(ViewSet):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        request=OpenApiTypes.OBJECT,
        responses={
            HTTPStatus.OK: OpenApiResponse(description="Handled, now or before.")
        },
        parameters=[OpenApiParameter(SIGNATURE, location="header", required=True)],
    )
    @refuses(InvalidSignature, MalformedEvent, WrongMode, BillingUnavailable)
    def create(self, request: Request) -> Response:
        """An event of Stripe. Any other answer than 200 makes Stripe send it again."""
        body = request._request.body
        secret = refuse_unless_genuine(body, request.headers.get(SIGNATURE, ""))
        with outages_translated(), known_once():
            WebhookEventTrigger.from_request(
                Delivery(
                    body=body,
                    headers={SIGNATURE: request.headers[SIGNATURE]},
                    # Empty behind a unix socket, and dj-stripe's column takes only addresses.
                    META={"REMOTE_ADDR": request.META["REMOTE_ADDR"] or "0.0.0.0"},
                ),
                webhook_endpoint=endpoint(secret),
            )
        return Response(status=HTTPStatus.OK)


def refuse_unless_genuine(body: bytes, signature: str) -> str:
    """The signing secret that the event came with.

    Raises:
        InvalidSignature: Stripe did not send it, or long ago.
        MalformedEvent: it is no event, or PostgreSQL could not store it.
        WrongMode: it is a live event and this is a test system, or the other way round.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError as e:
        raise MalformedEvent from e
    secret = verify_signature(text, signature)
    event = _parsed(text)
    if event["livemode"] is not settings.STRIPE_LIVE_MODE:
        raise WrongMode
    return secret


def _parsed(text: str) -> dict[str, Any]:
    try:
        event = json.loads(text)
        is_sound = isinstance(event, dict) and is_event(event) and is_storable(event)
    except (ValueError, KeyError, TypeError, RecursionError) as e:
        raise MalformedEvent from e
    if not is_sound:
        raise MalformedEvent
    return event


def is_event(event: dict[str, Any]) -> bool:
    """Whether it has the shape of an event, and fits into the columns of dj-stripe.

    One of a connected account is none of ours: we have no connected accounts, and dj-stripe
    would ask Stripe for whichever is named.
    """
    request = event.get("request") or {}
    origin = request if isinstance(request, dict) else {"id": request}
    return (
        event["object"] == "event"
        and is_text(event["id"], up_to=255)
        and is_text(event["type"], up_to=250)
        and isinstance(event["data"]["object"], dict)
        and isinstance(event["livemode"], bool)
        and type(event["created"]) is int
        and 0 <= event["created"] <= LAST_SECOND
        and is_text(event.get("api_version") or "none", up_to=64)
        and is_text(origin.get("id") or "none", up_to=50)
        and isinstance(origin.get("idempotency_key") or "", str)
        and event.get("account") is None
    )


def is_text(value: Any, *, up_to: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= up_to


def is_storable(data: Any) -> bool:
    """Whether jsonb can hold it: no NUL, no half of a pair of surrogates, no infinity.

    Raises:
        ValueError: a number is none, or endless.
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return r"\u0000" not in text.replace(r"\\", "")


def endpoint(secret: str) -> WebhookEndpoint:
    """The row that dj-stripe wants; its secret is the environment's, and never stored."""
    row, _ = WebhookEndpoint.objects.get_or_create(
        id=ENDPOINT_ID,
        defaults={
            "url": f"{settings.BASE_URL}/webhook/stripe",
            "secret": "in the environment",
            "enabled_events": EVENTS,
            "status": "enabled",
            "livemode": settings.STRIPE_LIVE_MODE,
            "api_version": settings.STRIPE_API_VERSION,
        },
    )
    row.secret = secret
    return row
