"""The routes of a change of address: ask for it, confirm it by code, or leave it."""

from http import HTTPStatus

from drf_spectacular.utils import extend_schema
from drf_standardized_errors.openapi_validation_errors import extend_validation_errors
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import errors
from accounts.api import bridge, serializers
from accounts.api.answers import refuse
from accounts.api.base import AccountsViewSet
from accounts.api.flows import spend_attempt
from accounts.login.attempts import renew_codes
from saas.errors import Conflict, RateLimited
from saas.schema import refuses

ADDRESS = serializers.AddressSerializer
PATH = "account/email"


class OfAddress(AccountsViewSet):
    """What waits for its code belongs to the login that asked for it, and to no other."""

    def _address(self, request: Request) -> dict[str, str | None]:
        """`{"email", "pending"}`; nothing waits in a login without an allauth session."""
        email, pending = request.user.email, None
        if request.auth.session_key:
            answer = self._call(request, "GET", PATH)
            if answer.status != HTTPStatus.OK:
                refuse(answer)
            waiting = (a["email"] for a in answer.data if not a["verified"])
            pending = next(waiting, None)
        return {"email": email, "pending": pending}

    def _call(
        self, request: Request, method: str, path: str, data: dict | None = None
    ) -> bridge.Answer:
        key = request.auth.session_key
        return bridge.call(request, method, path, data, session_key=key)


@extend_validation_errors(["duplicate_email"], "email", methods=["post"])
class EmailViewSet(OfAddress):
    @extend_schema(summary="My address", responses=ADDRESS)
    @action(detail=False, methods=["get"], url_path="email")
    def address(self, request: Request) -> Response:
        """The address of the login, and the one that waits for its code in this login."""
        return Response(self._address(request))

    @extend_schema(
        summary="Change my address",
        request=serializers.EmailSerializer,
        responses={202: ADDRESS},
    )
    @refuses(errors.ReauthenticationRequired, RateLimited)
    @address.mapping.post
    def change(self, request: Request) -> Response:
        """A code goes to the new address; until it is confirmed, nothing changes.

        A taken address gets the same answer, and can never be confirmed.
        """
        data = self.valid(request, serializers.EmailSerializer)
        answer = self._call(request, "POST", PATH, data)
        if answer.status != HTTPStatus.OK:
            refuse(answer)
        renew_codes(answer.session_key)
        body = ADDRESS({"email": request.user.email, "pending": data["email"]}).data
        return Response(body, status=HTTPStatus.ACCEPTED)

    @extend_schema(summary="Keep my address", responses={204: None})
    @refuses(errors.FlowNotPending, errors.ReauthenticationRequired, RateLimited)
    @address.mapping.delete
    def keep(self, request: Request) -> Response:
        """Leave the change that waits for its code."""
        pending = self._address(request)["pending"]
        if pending is None:
            raise errors.FlowNotPending
        answer = self._call(request, "DELETE", PATH, {"email": pending})
        if answer.status != HTTPStatus.OK:
            refuse(answer)
        return Response(status=HTTPStatus.NO_CONTENT)


@extend_validation_errors(["incorrect_code", "email_taken"], "code", ["confirm"])
class EmailConfirmationViewSet(OfAddress):
    @extend_schema(
        summary="Confirm my new address",
        request=serializers.EmailCodeSerializer,
        responses=ADDRESS,
    )
    @refuses(Conflict, errors.FlowNotPending, RateLimited)
    @action(detail=False, methods=["post"], url_path="email/confirm")
    def confirm(self, request: Request) -> Response:
        """With the code of the mail, in the login that asked for it."""
        data = self.valid(request, serializers.EmailCodeSerializer)
        if self._address(request)["pending"] is None:
            raise errors.FlowNotPending
        spend_attempt(request.auth.session_key)
        code = {"key": data["code"]}
        answer = self._call(request, "POST", "auth/email/verify", code)
        if answer.status == HTTPStatus.CONFLICT:
            raise Conflict  # another account was faster with this address
        if answer.status != HTTPStatus.OK:
            refuse(answer, {"key": "code"})
        request.user.refresh_from_db(fields=["email"])
        return Response(self._address(request))
