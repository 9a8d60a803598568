"""The JSON of accounts. Shapes and lengths only: allauth decides what is right."""

from typing import Any

from rest_framework import serializers

from accounts.models import User, normalize_email
from accounts.passwords.length import PASSWORD_MAX_LENGTH
from accounts.validators import validate_address

FLOW_HELP = "The `flow` of the answer that asked for this step; 15 minutes."


class EmailField(serializers.EmailField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=254, **kwargs)
        self.validators.append(validate_address)

    def to_internal_value(self, data: Any) -> str:
        return normalize_email(super().to_internal_value(data))


class PasswordField(serializers.CharField):
    """Byte for byte what was typed: trimming would make two surfaces disagree."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            trim_whitespace=False,
            max_length=PASSWORD_MAX_LENGTH,
            style={"input_type": "password"},
            **kwargs,
        )


class FlowField(serializers.CharField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=512, help_text=FLOW_HELP, **kwargs)


class CodeField(serializers.CharField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=32, **kwargs)


class UserSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = [
            "id",
            "email",
            "name",
            "locale",
            "timezone",
            "marketing_opt_in",
            "created_at",
        ]
        read_only_fields = ["id", "email", "created_at"]
        extra_kwargs = {
            "locale": {"help_text": "For your client: pages and mails are English."},
            "timezone": {"help_text": "Of the IANA; the pages tell times in it."},
        }


class CredentialsSerializer(serializers.Serializer):
    email = EmailField()
    password = PasswordField()


class ProviderLoginSerializer(serializers.Serializer):
    provider = serializers.CharField(
        max_length=30, help_text="`google`, or the name of an OpenID Connect provider."
    )
    id_token = serializers.CharField(
        max_length=16384, help_text="Made by the provider for the client id of here."
    )


class EmailSerializer(serializers.Serializer):
    email = EmailField()


class FlowSerializer(serializers.Serializer):
    flow = FlowField()


class CodeSerializer(serializers.Serializer):
    flow = FlowField()
    code = CodeField()


class RefreshSerializer(serializers.Serializer):
    refresh = serializers.CharField(max_length=4096)


class PasswordResetSerializer(serializers.Serializer):
    key = serializers.CharField(max_length=512, help_text="From the link in the mail.")
    password = PasswordField()


class PasswordChangeSerializer(serializers.Serializer):
    current_password = PasswordField()
    new_password = PasswordField()


class LogoutAllSerializer(serializers.Serializer):
    keep_current = serializers.BooleanField(default=False)


class TokensSerializer(serializers.Serializer):
    access = serializers.CharField(help_text="For `Authorization: Bearer`; 5 minutes.")
    refresh = serializers.CharField(help_text="For /auth/refresh; once; 7 days.")


class LoginAnswerSerializer(TokensSerializer):
    user = UserSerializer()


class VerificationSentSerializer(serializers.Serializer):
    status = serializers.ChoiceField(["verification_sent"])
    flow = serializers.CharField(help_text="Send it with the code of the mail.")


class CodeSentSerializer(serializers.Serializer):
    status = serializers.ChoiceField(["code_sent"])
    flow = serializers.CharField(help_text="Send it with the code of the mail.")


class ResetSentSerializer(serializers.Serializer):
    status = serializers.ChoiceField(["reset_sent"])


class PasswordResetDoneSerializer(serializers.Serializer):
    status = serializers.ChoiceField(["password_reset"])


class KeySerializer(serializers.Serializer):
    """One public key (RFC 8037)."""

    kty = serializers.CharField()
    crv = serializers.CharField()
    x = serializers.CharField()
    kid = serializers.CharField()
    use = serializers.CharField()
    alg = serializers.CharField()


class KeySetSerializer(serializers.Serializer):
    keys = KeySerializer(many=True)


class LoginSerializer(serializers.Serializer):
    """One place where somebody is signed in."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(["api", "page"])
    device = serializers.CharField(help_text="In words: `Firefox on Windows`.")
    ip = serializers.CharField(allow_null=True, help_text="Where it was begun from.")
    started_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(
        help_text="The last refresh of its tokens; for a page, the last sign-in."
    )
    is_current = serializers.BooleanField(help_text="The one that asks.")


class LoginListSerializer(serializers.Serializer):
    results = LoginSerializer(many=True)


class AddressSerializer(serializers.Serializer):
    email = serializers.EmailField()
    pending = serializers.EmailField(
        allow_null=True, help_text="Waits for its code in this login; 10 minutes."
    )


class EmailCodeSerializer(serializers.Serializer):
    code = CodeField()


class ExportSerializer(serializers.Serializer):
    """`account`, and a part for each app that stores something about people."""

    exported_at = serializers.DateTimeField()
    account = serializers.DictField()
    parts = serializers.DictField(help_text="By the name of the part.")
