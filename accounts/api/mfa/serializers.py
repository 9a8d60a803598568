"""The JSON of second factors."""

from typing import Any

from allauth.mfa.models import Authenticator
from rest_framework import serializers

from accounts.api.serializers import CodeField, FlowField, PasswordField
from accounts.mfa.forms import NAME_MAX_LENGTH
from accounts.validators import one_line


class CredentialField(serializers.DictField):
    def __init__(self, **kwargs: Any) -> None:
        help_text = "What the browser answered: `PublicKeyCredential.toJSON()`."
        super().__init__(help_text=help_text, **kwargs)


class OneProof(serializers.Serializer):
    """Mixed into what takes one of several proofs."""

    proofs: tuple[str, ...] = ()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum(name in attrs for name in self.proofs) != 1:
            names = " or ".join(self.proofs)
            raise serializers.ValidationError(f"Send either {names}.", code="required")
        return attrs


class LoginFactorSerializer(OneProof):
    """Either of both, with the flow."""

    proofs = ("code", "credential")
    flow = FlowField()
    code = CodeField(required=False, help_text="Of the app, or a recovery code.")
    credential = CredentialField(required=False)


class ReauthenticationSerializer(OneProof):
    """One of the three."""

    proofs = ("password", "code", "credential")
    password = PasswordField(required=False)
    code = CodeField(required=False, help_text="Of the app, or a recovery code.")
    credential = CredentialField(required=False)


class FactorSerializer(serializers.Serializer):
    type = serializers.ChoiceField(Authenticator.Type.choices)
    id = serializers.UUIDField(allow_null=True, help_text="Of a passkey.")
    name = serializers.CharField(help_text="Of a passkey; empty for others.")
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)
    codes_left = serializers.IntegerField(
        allow_null=True, help_text="Recovery codes that were not used."
    )


class SecondFactorsSerializer(serializers.Serializer):
    is_enabled = serializers.BooleanField(help_text="A login asks for one.")
    is_required = serializers.BooleanField(
        help_text="Without one, only these routes are open."
    )
    results = FactorSerializer(many=True)


class AuthenticatorAppSerializer(serializers.Serializer):
    secret = serializers.CharField(help_text="For typing in; it is shown here alone.")
    uri = serializers.CharField(help_text="`otpauth://`, for a QR code.")


class AppCodeSerializer(serializers.Serializer):
    code = CodeField()


class RecoveryCodesSerializer(serializers.Serializer):
    codes = serializers.ListField(child=serializers.CharField())


class PasskeyOptionsSerializer(serializers.Serializer):
    """For `navigator.credentials`, by `PublicKeyCredential.parse…OptionsFromJSON`."""

    publicKey = serializers.DictField()


class PasskeyLoginOptionsSerializer(PasskeyOptionsSerializer):
    flow = serializers.CharField(help_text="Send it with the answer of the passkey.")


class PasskeyLoginSerializer(serializers.Serializer):
    flow = FlowField()
    credential = CredentialField()


class PasskeyNameSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=NAME_MAX_LENGTH, validators=[one_line])


class NewPasskeySerializer(serializers.Serializer):
    name = serializers.CharField(
        max_length=NAME_MAX_LENGTH, validators=[one_line], required=False
    )
    credential = CredentialField()
