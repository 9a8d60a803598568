"""The routes of billing: parse, one call, answer."""

from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from djstripe.models import Product
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.viewsets import GenericViewSet, ViewSet

from accounts.networks import network_of
from billing import actions, errors
from billing.api.serializers import (
    ChangeSerializer,
    CheckoutSerializer,
    GuestCheckoutSerializer,
    PageSerializer,
    PaymentSerializer,
    PlanSerializer,
    PreviewSerializer,
    SubscriptionSerializer,
)
from billing.entitlements import subscriptions_of
from billing.models import Payment
from billing.plans import plans_for_sale
from saas.errors import RateLimited
from saas.schema import refuses

OF_STRIPE = (errors.BillingUnavailable, errors.BillingRefused)
THE_SUBSCRIPTION = forced_singular_serializer(SubscriptionSerializer)


def valid(serializer: Serializer) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


def page(url: str) -> Response:
    return Response({"url": url}, status=HTTPStatus.CREATED)


class PlanViewSet(ListModelMixin, GenericViewSet):
    """What is sold: products of Stripe with their prices, the cheapest first."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    serializer_class = PlanSerializer
    filter_backends = ()
    ordering = ("cheapest", "id")

    def get_queryset(self) -> QuerySet[Product]:
        return plans_for_sale()


class CheckoutViewSet(ViewSet):
    @extend_schema(
        request=CheckoutSerializer, responses={HTTPStatus.CREATED: PageSerializer}
    )
    @refuses(errors.UnknownPrice, errors.AlreadySubscribed, RateLimited, *OF_STRIPE)
    def create(self, request: Request) -> Response:
        """Begin to subscribe: send the browser to the page of Stripe at `url`."""
        data = valid(CheckoutSerializer(data=request.data))
        return page(actions.start_checkout(request.user, price_id=data["price"]))


class GuestCheckoutViewSet(ViewSet):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        request=GuestCheckoutSerializer, responses={HTTPStatus.CREATED: PageSerializer}
    )
    @refuses(errors.UnknownPrice, RateLimited, *OF_STRIPE)
    def create(self, request: Request) -> Response:
        """Pay first, sign up later.

        The payment is linked to the account with this address, once the address is verified.
        There is no trial for a guest: anybody could begin one in anybody's name.
        """
        data = valid(GuestCheckoutSerializer(data=request.data))
        network = network_of(request)
        return page(
            actions.start_guest_checkout(
                price_id=data["price"], email=data["email"], network=network
            )
        )


class PortalViewSet(ViewSet):
    @extend_schema(request=None, responses={HTTPStatus.CREATED: PageSerializer})
    @refuses(errors.NoSubscription, RateLimited, *OF_STRIPE)
    def create(self, request: Request) -> Response:
        """The billing portal of Stripe: cards, invoices, cancellation."""
        return page(actions.open_portal(request.user))


class SubscriptionViewSet(ViewSet):
    """The one subscription of the caller that counts."""

    @extend_schema(
        operation_id="payment_subscription_retrieve", responses=THE_SUBSCRIPTION
    )
    def list(self, request: Request) -> Response:
        """State, plan and period, from what Stripe has told so far."""
        return Response(SubscriptionSerializer.answer(subscriptions_of(request.user)))

    @extend_schema(request=None, responses=THE_SUBSCRIPTION)
    @refuses(errors.NoSubscription, RateLimited, *OF_STRIPE)
    @action(detail=False, methods=["post"])
    def cancel(self, request: Request) -> Response:
        """End it with the period that is paid for, and all others that there may be."""
        actions.cancel_subscription(request.user)
        return self.list(request)

    @extend_schema(request=None, responses=THE_SUBSCRIPTION)
    @refuses(errors.NoSubscription, RateLimited, *OF_STRIPE)
    @action(detail=False, methods=["post"])
    def resume(self, request: Request) -> Response:
        """Take back a cancellation before the period ends."""
        actions.resume_subscription(request.user)
        return self.list(request)

    @extend_schema(
        request=CheckoutSerializer, responses={HTTPStatus.OK: PreviewSerializer}
    )
    @refuses(
        errors.NoSubscription,
        errors.UnknownPrice,
        errors.NotChangeable,
        errors.AlreadyOnPlan,
        RateLimited,
        *OF_STRIPE,
    )
    @action(detail=False, methods=["post"])
    def preview(self, request: Request) -> Response:
        """What going on at another price would cost; changes nothing."""
        data = valid(CheckoutSerializer(data=request.data))
        found = actions.preview_change(request.user, price_id=data["price"])
        return Response(PreviewSerializer(found).data)

    @extend_schema(request=ChangeSerializer, responses=THE_SUBSCRIPTION)
    @refuses(
        errors.NoSubscription,
        errors.UnknownPrice,
        errors.InvalidPreview,
        errors.PreviewExpired,
        errors.NotChangeable,
        errors.PaymentDeclined,
        RateLimited,
        *OF_STRIPE,
    )
    @action(detail=False, methods=["post"])
    def change(self, request: Request) -> Response:
        """Go on at another price; the difference is settled by proration."""
        data = valid(ChangeSerializer(data=request.data))
        actions.change_price(
            request.user, price_id=data["price"], preview=data["preview"]
        )
        return self.list(request)


class PaymentViewSet(ListModelMixin, GenericViewSet):
    """What the caller paid, newest first, with links to invoice and receipt."""

    serializer_class = PaymentSerializer
    queryset = Payment.objects.none()
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Payment]:
        payments = Payment.objects.of(self.request.user)
        return payments.order_by("-created_at", "-id")
