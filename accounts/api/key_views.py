"""The public keys, for services that verify our access tokens themselves."""

from django.utils.cache import patch_cache_control
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts.api.serializers import KeySetSerializer
from accounts.sessions.keyring import keyring


class KeySetViewSet(ViewSet):
    authentication_classes: list[type] = []
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="jwks", summary="The public keys", responses=KeySetSerializer
    )
    @action(detail=False, methods=["get"], url_path="jwks.json")
    def jwks(self, request: Request) -> Response:
        """A JSON Web Key Set (RFC 7517): the `kid` of a token names one of them."""
        response = Response({"keys": keyring().public_jwks})
        patch_cache_control(response, public=True, max_age=300)
        return response
