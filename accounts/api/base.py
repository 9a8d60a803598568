"""What the viewsets of accounts share."""

from typing import Any

from django.db import transaction
from django.utils.decorators import method_decorator
from rest_framework import serializers, viewsets
from rest_framework.request import Request


# A refusal here leaves traces that must survive it, like the revocation of a stolen login.
# In the transaction of ATOMIC_REQUESTS the error answer would undo them.
@method_decorator(transaction.non_atomic_requests, name="dispatch")
class AccountsViewSet(viewsets.ViewSet):
    """One call into allauth or the domain for each route."""

    def valid(
        self, request: Request, serializer_class: type[serializers.Serializer]
    ) -> dict[str, Any]:
        serializer = serializer_class(data=request.data)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data
