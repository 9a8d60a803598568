"""How routes describe themselves in OpenAPI."""

from drf_standardized_errors.openapi import AutoSchema


class Schema(AutoSchema):
    """drf-spectacular with the error envelope of every route."""
