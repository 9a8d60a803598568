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
from billing.stripe import outages_translated, verify_signature
from billing.webhooks import EVENTS
from saas.schema import refuses

SIGNATURE = "Stripe-Signature"
ENDPOINT_ID = "we_of_the_environment"


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
        with outages_translated():
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
        is_event = (
            isinstance(event["id"], str)
            and isinstance(event["type"], str)
            and isinstance(event["data"]["object"], dict)
            and isinstance(event["livemode"], bool)
        )
        is_event = is_event and is_storable(event)
    except (ValueError, KeyError, TypeError, RecursionError) as e:
        raise MalformedEvent from e
    if not is_event:
        raise MalformedEvent
    return event


def is_storable(data: Any) -> bool:
    """Whether jsonb can hold it: no NUL, and no half of a pair of surrogates."""
    text = json.dumps(data, ensure_ascii=False)
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
