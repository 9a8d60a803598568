"""The routes under /auth/mfa: one's own second factors, all but the list re-authenticated."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from drf_spectacular.utils import extend_schema
from drf_standardized_errors.openapi_validation_errors import extend_validation_errors
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import errors, mfa
from accounts.api import bridge
from accounts.api.answers import refuse
from accounts.api.base import AccountsViewSet
from accounts.api.mfa import serializers
from accounts.mfa.enrolment import is_required_of, open_to_unenrolled
from saas.errors import Conflict, RateLimited
from saas.schema import refuses

TOTP = Authenticator.Type.TOTP
GUARDED = (errors.ReauthenticationRequired, errors.SessionExpired)


@open_to_unenrolled
class OfFactors(AccountsViewSet):
    def _call(
        self, request: Request, method: str, kind: str, data: dict | None = None
    ) -> Any:
        """What allauth answers about the authenticators of this `kind`, if it is done."""
        path, key = f"account/authenticators/{kind}", request.auth.session_key
        answer = bridge.call(request, method, path, data, session_key=key)
        if answer.status != HTTPStatus.OK:
            refuse(answer)
        return answer.data


@extend_validation_errors(["incorrect_code"], "code", ["totp_activate"])
class SecondFactorViewSet(OfFactors):
    @extend_schema(
        summary="My second factors",
        operation_id="auth_mfa_list",
        responses=serializers.SecondFactorsSerializer,
    )
    def list(self, request: Request) -> Response:
        """No secrets; `is_required` says that nothing else is open without one."""
        user = request.user
        found = {
            "is_enabled": mfa.has_factor(user),
            "is_required": is_required_of(user),
            "results": mfa.factors_of(user),
        }
        return Response(serializers.SecondFactorsSerializer(found).data)

    @extend_schema(
        summary="Begin to set up an authenticator app",
        request=None,
        responses=serializers.AuthenticatorAppSerializer,
    )
    @refuses(*GUARDED, errors.SecondFactorExists, errors.UnverifiedAddress)
    @action(detail=False, methods=["post"])
    def totp(self, request: Request) -> Response:
        """Its secret, which counts once a code of it was entered in this login."""
        if mfa.has_factor(request.user, TOTP):
            raise errors.SecondFactorExists
        mfa.check_may_add(request.user)
        begun = self._call(request, "POST", "totp/begin")
        return Response(serializers.AuthenticatorAppSerializer(begun).data)

    @extend_schema(summary="Remove the authenticator app", responses={204: None})
    @refuses(*GUARDED, errors.NoSecondFactor)
    @totp.mapping.delete
    def totp_remove(self, request: Request) -> Response:
        """With the last factor go the recovery codes."""
        if not mfa.has_factor(request.user, TOTP):
            raise errors.NoSecondFactor
        self._call(request, "DELETE", "totp")
        return Response(status=HTTPStatus.NO_CONTENT)

    @extend_schema(
        summary="Set up the authenticator app",
        request=serializers.AppCodeSerializer,
        responses=serializers.SecondFactorsSerializer,
    )
    @refuses(
        *GUARDED,
        errors.SecondFactorExists,
        errors.UnverifiedAddress,
        Conflict,
        RateLimited,
    )
    @action(detail=False, methods=["post"], url_path="totp/activate")
    def totp_activate(self, request: Request) -> Response:
        """With a code of it. From now on each login asks for one."""
        data = self.valid(request, serializers.AppCodeSerializer)
        if mfa.has_factor(request.user, TOTP):
            raise errors.SecondFactorExists
        mfa.check_may_add(request.user)
        self._call(request, "POST", "totp", data)
        return self.list(request)

    @extend_schema(
        summary="Make new recovery codes",
        request=None,
        responses={201: serializers.RecoveryCodesSerializer},
    )
    @refuses(*GUARDED, errors.NoSecondFactor)
    @action(detail=False, methods=["post"])
    def recovery_codes(self, request: Request) -> Response:
        """The old ones stop working. They are shown here, and never again."""
        if not mfa.has_factor(request.user):
            raise errors.NoSecondFactor
        made = self._call(request, "POST", "recovery-codes")
        body = serializers.RecoveryCodesSerializer({"codes": made["unused_codes"]})
        return Response(body.data, status=HTTPStatus.CREATED)

    @extend_schema(
        summary="See my recovery codes",
        request=None,
        responses=serializers.RecoveryCodesSerializer,
    )
    @refuses(*GUARDED, errors.NoSecondFactor, errors.RecoveryCodesShown)
    @action(detail=False, methods=["post"], url_path="recovery_codes/view")
    def recovery_codes_view(self, request: Request) -> Response:
        """Those that came with the first factor, once."""
        if not mfa.has_factor(request.user, Authenticator.Type.RECOVERY_CODES):
            raise errors.NoSecondFactor
        found = self._call(request, "GET", "recovery-codes")
        if "unused_codes" not in found:
            raise errors.RecoveryCodesShown
        body = serializers.RecoveryCodesSerializer({"codes": found["unused_codes"]})
        return Response(body.data)


@extend_validation_errors(["incorrect_code"], "credential", ["create"])
class PasskeyViewSet(OfFactors):
    """Keys of hardware or device (WebAuthn) as second factor."""

    lookup_url_kwarg = "id"
    lookup_value_converter = "uuid"

    @extend_schema(
        summary="Begin to add a passkey",
        request=None,
        responses=serializers.PasskeyOptionsSerializer,
    )
    @refuses(*GUARDED, errors.UnverifiedAddress)
    @action(detail=False, methods=["post"], url_path="options")
    def begin(self, request: Request) -> Response:
        """What the browser needs to make one, for this login."""
        mfa.check_may_add(request.user)
        begun = self._call(request, "GET", "webauthn")
        return Response(begun["creation_options"])

    @extend_schema(
        summary="Add a passkey",
        operation_id="auth_mfa_passkeys_create",
        request=serializers.NewPasskeySerializer,
        responses={201: serializers.FactorSerializer},
    )
    @refuses(*GUARDED, errors.UnverifiedAddress, Conflict)
    def create(self, request: Request) -> Response:
        """With what the browser made of the options. From now on each login asks for one."""
        data = self.valid(request, serializers.NewPasskeySerializer)
        mfa.check_may_add(request.user)
        added = self._call(request, "POST", "webauthn", data)
        factor = mfa.described(Authenticator.objects.get(pk=added["id"]))
        body = serializers.FactorSerializer(factor).data
        return Response(body, status=HTTPStatus.CREATED)

    @extend_schema(
        summary="Rename a passkey",
        operation_id="auth_mfa_passkeys_partial_update",
        request=serializers.PasskeyNameSerializer,
        responses=serializers.FactorSerializer,
    )
    @refuses(*GUARDED)
    def partial_update(self, request: Request, id: UUID) -> Response:
        row = mfa.passkey_of(request.user, id)
        data = self.valid(request, serializers.PasskeyNameSerializer)
        self._call(request, "PUT", "webauthn", {"id": row.pk, **data})
        row.refresh_from_db()
        return Response(serializers.FactorSerializer(mfa.described(row)).data)

    @extend_schema(
        summary="Remove a passkey",
        operation_id="auth_mfa_passkeys_destroy",
        responses={204: None},
    )
    @refuses(*GUARDED)
    def destroy(self, request: Request, id: UUID) -> Response:
        """With the last factor go the recovery codes."""
        row = mfa.passkey_of(request.user, id)
        self._call(request, "DELETE", "webauthn", {"authenticators": [row.pk]})
        return Response(status=HTTPStatus.NO_CONTENT)
