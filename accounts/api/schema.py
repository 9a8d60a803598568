"""How the routes of accounts describe themselves in OpenAPI."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

# What allauth and Django's validators say about a new password.
NEW_PASSWORD_CODES = [
    "password_too_short",
    "password_too_long",
    "password_too_common",
    "password_too_similar",
]


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.api.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
