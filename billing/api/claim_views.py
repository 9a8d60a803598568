"""The routes by which a payment as a guest is claimed from another address."""

from http import HTTPStatus

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts.errors import EmailNotVerified
from accounts.networks import network_of
from billing import claims, errors
from billing.api.serializers import SubscriptionSerializer
from billing.api.views import OF_STRIPE, THE_SUBSCRIPTION, valid
from billing.entitlements import subscriptions_of
from saas.errors import RateLimited
from saas.schema import refuses


class PaidSessionSerializer(serializers.Serializer):
    session_id = serializers.CharField(
        max_length=255,
        help_text="As Stripe adds it to the address of the success page.",
    )


class ClaimSerializer(serializers.Serializer):
    token = serializers.CharField(
        max_length=1000, help_text="Of POST /payment/claim/token; holds for a day."
    )


class ClaimViewSet(ViewSet):
    @extend_schema(request=ClaimSerializer, responses={HTTPStatus.OK: THE_SUBSCRIPTION})
    @refuses(
        errors.InvalidClaim,
        errors.ClaimExpired,
        errors.AlreadyClaimed,
        EmailNotVerified,
        RateLimited,
        *OF_STRIPE,
    )
    def create(self, request: Request) -> Response:
        """Take over what was paid as a guest, whatever address it was paid with.

        Once; from then on the payment is the caller's. Not needed for a payment with the
        address of the account: that one comes by itself.
        """
        data = valid(ClaimSerializer(data=request.data))
        claims.claim(request.user, token=data["token"])
        return Response(SubscriptionSerializer.answer(subscriptions_of(request.user)))

    @extend_schema(
        request=PaidSessionSerializer, responses={HTTPStatus.CREATED: ClaimSerializer}
    )
    @refuses(errors.CheckoutNotFound, RateLimited, *OF_STRIPE)
    @action(
        detail=False,
        methods=["post"],
        authentication_classes=(),
        permission_classes=(AllowAny,),
    )
    def token(self, request: Request) -> Response:
        """For the success page of a guest checkout, within an hour of the payment.

        Keep it until the guest has signed up and verified an address, then claim.
        """
        data = valid(PaidSessionSerializer(data=request.data))
        network = network_of(request)
        token = claims.claim_token(data["session_id"], network=network)
        return Response({"token": token}, status=HTTPStatus.CREATED)
