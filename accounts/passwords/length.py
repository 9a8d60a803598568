"""How long a password may be."""

from django.core.exceptions import ValidationError

PASSWORD_MAX_LENGTH = 128  # characters


class MaximumLengthValidator:
    """Django's password validators, plus a longest length: hashing costs time."""

    def validate(self, password: str, user: object = None) -> None:
        if len(password) > PASSWORD_MAX_LENGTH:
            raise ValidationError(
                f"This password is longer than {PASSWORD_MAX_LENGTH} characters.",
                code="password_too_long",
            )

    def get_help_text(self) -> str:
        return f"Your password can have up to {PASSWORD_MAX_LENGTH} characters."
