"""Reads typed values from the environment and collects what is wrong, to name it all at once."""

import base64
import binascii
import contextlib
import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from saas.purposes import WITHOUT

UNSET = object()
# A server that is gone is noticed in seconds, not after the minutes of the kernel (libpq).
DATABASE_PATIENCE = {"connect_timeout": 5, "tcp_user_timeout": 15_000}  # s, ms
STRIPE_KEY = re.compile(r"(sk|rk)_(test|live)_[A-Za-z0-9]{24,}")
STRIPE_WEBHOOK_SECRET = re.compile(r"whsec_[A-Za-z0-9+/=_-]{16,}")
OIDC_NAME = re.compile(r"(?!(google|github)$)[a-z][a-z0-9_-]{0,29}")


class EnvironmentIncomplete(ImproperlyConfigured):
    """Says all that is missing or weak: enough to read, without a traceback."""


class Reader:
    """One method per kind of value.

    `default` holds everywhere; `development` only while DEBUG is on, so that without it
    production must name the value itself. Problems are collected in `missing` and
    reported together at the end of the settings.
    """

    def __init__(self, source: Mapping[str, str] | None = None) -> None:
        self.source = os.environ if source is None else source
        self.development = False
        self.missing: list[str] = []

    def report(self) -> str:
        lines = "\n".join(f"  - {problem}" for problem in self.missing)
        return f"The environment is not complete (.env.example explains each):\n{lines}"

    def problem(self, name: str, why: str) -> None:
        without = f" Without it {WITHOUT[name]}." if name in WITHOUT else ""
        self.missing.append(f"{name} {why}{without}")

    def text(self, name: str, default: Any = UNSET, development: Any = UNSET) -> str:
        value = self.source.get(name, "").strip()
        if value:
            return value
        return self._fallback(name, default, development, empty="")

    def _fallback(self, name: str, default: Any, development: Any, empty: Any) -> Any:
        if default is not UNSET:
            return default
        if self.development and development is not UNSET:
            return development
        self.problem(name, "is not set.")
        return empty

    def boolean(self, name: str, default: bool) -> bool:
        value = self.source.get(name, "").strip().lower()
        if value in {"true", "1", "yes", "on"}:
            return True
        if value in {"false", "0", "no", "off"}:
            return False
        if value:
            self.problem(name, "must be true or false.")
        return default

    def integer(self, name: str, default: int, most: int = 1_000_000) -> int:
        value = self.source.get(name, "").strip()
        if not value:
            return default
        if not value.isdecimal() or len(value) > 9 or int(value) > most:
            self.problem(name, f"must be a whole number, 0 to {most}.")
            return default
        return int(value)

    def choice(self, name: str, allowed: set[str], default: str) -> str:
        value = self.text(name, default=default)
        if value not in allowed:
            self.problem(name, f"must be one of {', '.join(sorted(allowed))}.")
        return value

    def words(
        self, name: str, default: Any = UNSET, development: Any = UNSET
    ) -> list[str]:
        """Values separated by commas."""
        value = self.source.get(name, "")
        found = [word.strip() for word in value.split(",") if word.strip()]
        return found or self._fallback(name, default, development, empty=[])

    def mapping(self, name: str, default: dict[str, str]) -> dict[str, str]:
        """`name=value` pairs separated by commas."""
        pairs = self.words(name, default=[])
        if not all("=" in pair for pair in pairs):
            self.problem(name, "must look like name=url,name=url.")
            return default
        return dict(pair.split("=", 1) for pair in pairs) or default

    def frontend_urls(self, name: str) -> dict[str, str]:
        """Pages of a separate frontend, `name=url`: keys of mails travel in these links."""
        found = self.mapping(name, default={})
        allowed = ("https://", "http://") if self.development else ("https://",)
        if not all(url.startswith(allowed) for url in found.values()):
            self.problem(name, "must hold https:// URLs.")
        return found

    def url(self, name: str, development: str, secure: bool) -> str:
        value = self.text(name, development=development).rstrip("/")
        parts = urlsplit(value)
        if value and (
            parts.scheme not in {"http", "https"}
            or not parts.netloc
            or value != f"{parts.scheme}://{parts.netloc}"
        ):
            self.problem(name, "must look like https://example.com, with no path.")
        elif value and secure and not self.development and parts.scheme != "https":
            self.problem(name, "must start with https://.")
        return value

    def origins(self, name: str, default: list[str]) -> list[str]:
        found = self.words(name, default=default)
        for origin in found:
            parts = urlsplit(origin)
            if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path:
                self.problem(
                    name, f"holds {origin!r}, which is no origin (https://host)."
                )
            elif not self.development and parts.scheme != "https":
                self.problem(name, f"holds {origin!r}, which is not https://.")
        return found

    def hosts(self, name: str, development: list[str]) -> list[str]:
        found = self.words(name, development=development)
        # A wildcard of a whole top-level domain is everybody's: ".com", "*".
        if not self.development and any(
            host == "*" or (host.startswith(".") and "." not in host[1:])
            for host in found
        ):
            self.problem(
                name, "must list your hosts: * would let links point anywhere."
            )
        return found

    def secret(self, name: str, development: str, length: int) -> str:
        value = self.text(name, development=development)
        if value:
            self._refuse_weak(name, [value], length)
        return value

    def secrets(self, name: str, length: int) -> list[str]:
        """Former values of a secret, by commas: they open what is old and make nothing new."""
        found = self.words(name, default=[])
        self._refuse_weak(name, found, length)
        return found

    def _refuse_weak(self, name: str, values: list[str], length: int) -> None:
        if not self.development and any(is_weak(value, length) for value in values):
            self.problem(name, f"is weak: use {length} or more random characters.")

    def signing_keys(self, name: str, development: list[str]) -> list[bytes]:
        """Ed25519 seeds of 32 bytes, base64url, the signing one first."""
        keys = []
        words = self.words(name, development=development)
        for word in words:
            try:
                # Strictly: of a SECRET_KEY the letters that fit may happen to be as many.
                padded = word + "=" * (-len(word) % 4)
                seed = base64.b64decode(padded, altchars="-_", validate=True)
            except (binascii.Error, ValueError):
                seed = b""
            if len(seed) != 32:
                self.problem(name, "holds a value that is not 32 bytes in base64url.")
            elif len(set(seed)) < 8:
                self.problem(name, "holds a key that is not random.")
            else:
                keys.append(seed)
        # One key has several spellings in base64, so the bytes are compared.
        public = [base64.urlsafe_b64decode(word + "==") for word in development]
        if not self.development and set(keys) & set(public):
            self.problem(name, "holds the public development key.")
        return keys

    def stripe_host(self, name: str, *, key: str, offline: tuple[str, str]) -> str:
        """Where Stripe's API is: `offline` is the public key and the host it belongs to.

        Any other key is a real one and goes to Stripe; a live key never in clear.
        """
        offline_key, offline_host = offline
        default = offline_host if key == offline_key else "https://api.stripe.com"
        value = self.text(name, default=default)
        is_live = key.startswith(("sk_live_", "rk_live_"))
        if is_live and not value.startswith("https://"):
            self.problem(name, "must start with https:// when the key is a live one.")
        return value

    def stripe_key(self, name: str, development: str) -> str:
        value = self.text(name, development=development)
        if value and not STRIPE_KEY.fullmatch(value):
            self.problem(
                name, "must look like sk_live_... or sk_test_... (24 or more letters)."
            )
        elif value == development and not self.development:
            self.problem(name, "is the public key of development.")
        return value

    def stripe_webhook_secrets(self, name: str, development: list[str]) -> list[str]:
        found = self.words(name, development=development)
        if any(not STRIPE_WEBHOOK_SECRET.fullmatch(word) for word in found):
            self.problem(name, "must look like whsec_..., several by commas.")
        elif set(found) & set(development) and not self.development:
            self.problem(name, "holds the public secret of development.")
        return found

    def client(self, name: str) -> dict[str, str] | None:
        """`id:secret`, as a provider of logins hands it out: `{"client_id", "secret"}`."""
        value = self.text(name, default="")
        if not value:
            return None
        client_id, _, secret = value.partition(":")
        if not client_id or not secret or any(c.isspace() for c in value):
            self.problem(name, "must look like client-id:client-secret.")
            return None
        return {"client_id": client_id, "secret": secret}

    def oidc_providers(self, name: str) -> list[dict[str, Any]]:
        """`name=https://id:secret@issuer`, several by commas, as allauth's APPS.

        What is special in an id or a secret (`:/@,%`) is percent-encoded, as in every URL.
        """
        found: dict[str, dict[str, Any]] = {}
        for word in self.words(name, default=[]):
            key, _, url = word.partition("=")
            if not OIDC_NAME.fullmatch(key) or key in found:
                self.problem(name, "needs a name of its own for each: letters, digits.")
                continue
            app = self._oidc_app(key, url)
            if app is None:
                form = "name=https://client-id:client-secret@issuer.example.com"
                self.problem(name, f"must look like {form}.")
                continue
            found[key] = app
        return list(found.values())

    def _oidc_app(self, key: str, url: str) -> dict[str, Any] | None:
        try:
            parts = urlsplit(url)
            port = f":{parts.port}" if parts.port else ""
        except ValueError:
            return None
        schemes = {"https", "http"} if self.development else {"https"}
        is_whole = parts.hostname and parts.username and parts.password
        if not is_whole or parts.scheme not in schemes or parts.query or parts.fragment:
            return None
        issuer = f"{parts.scheme}://{parts.hostname}{port}{parts.path.rstrip('/')}"
        return {
            "provider_id": key,
            "name": key.replace("_", " ").replace("-", " ").title(),
            "client_id": unquote(parts.username),
            "secret": unquote(parts.password),
            "settings": {"server_url": issuer},
        }

    def redis(self, name: str) -> str:
        value = self.text(name)
        if value and not value.startswith(("redis://", "rediss://", "unix://")):
            self.problem(name, "must look like redis://:password@host:6379/0.")
        return value

    def postgresql(self, name: str) -> dict[str, Any]:
        value = self.text(name)
        if not value:
            return {"ENGINE": "django.db.backends.postgresql"}
        config: dict[str, Any] = {}
        if value.startswith(("postgres://", "postgresql://")):
            with contextlib.suppress(ValueError):  # said below, with the name
                config = environ.Env.db_url_config(value)
        if config.get("ENGINE") != "django.db.backends.postgresql":
            self.problem(
                name, "must look like postgresql://user:password@host:5432/name."
            )
            return {"ENGINE": "django.db.backends.postgresql"}
        config["OPTIONS"] = {**DATABASE_PATIENCE, **config.get("OPTIONS", {})}
        return config

    def email(self, name: str, development: str) -> dict[str, Any]:
        """Django's EMAIL_* settings from smtp://, smtps:// or smtp+tls:// URLs."""
        value = self.text(name, development=development)
        if value == "mailbox:" and self.development:
            return {"EMAIL_BACKEND": "dev.mailbox.backend.EmailBackend"}
        if not value:
            return {}
        try:
            config = environ.Env.email_url_config(value)
        except (ImproperlyConfigured, ValueError):
            self.problem(name, "must look like smtp+tls://user:password@host:587.")
            return {}
        if not self.development and not value.startswith(("smtp", "smtps")):
            self.problem(name, "must be an smtp:// URL: nobody reads the console.")
        return {key: val for key, val in config.items() if key.startswith("EMAIL_")}


def is_weak(secret: str, length: int) -> bool:
    is_monotonous = len(set(secret)) < 8
    return len(secret) < length or is_monotonous or "development-only" in secret
