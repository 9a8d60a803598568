"""The network that a visitor comes from, by which limits for strangers count."""

from allauth.core.internal.ratelimit import get_ip
from django.http import HttpRequest


def network_of(request: HttpRequest) -> str:
    """Their IPv4 address, or the /64 of their IPv6 address: whoever has one has all of it."""
    return get_ip(request)
