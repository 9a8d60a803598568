"""Logins by somebody else: Google, GitHub, OpenID Connect."""
