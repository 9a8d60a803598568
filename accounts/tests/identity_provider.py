"""A provider of logins on a real port: OpenID Connect, and the ways of Google and GitHub.

It holds its clients to the rules: client and secret, the callback of the request, PKCE
(S256), and a code that works once. Who signs in there is `person`.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT = {"client_id": "our-client", "secret": "our-secret"}
KEY_ID = "key-1"
GOOGLE_ISSUER = "https://accounts.google.com"


@cache
def signing_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def certificate() -> str:
    """Of that key: Google shows its keys in certificates."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "provider")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(signing_key().public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(signing_key(), hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


class IdentityProvider:
    def __init__(self) -> None:
        self.url = ""
        self.person: dict[str, Any] = {}
        self.github_addresses: list[dict[str, Any]] = []
        self.userinfo: dict[str, Any] | None = None  # where it differs from the token
        self.broken: set[str] = set()  # paths that answer nonsense
        self.asked: list[str] = []
        self.requests: list[dict[str, str]] = []  # what was authorized, in order
        self._codes: dict[str, dict[str, str]] = {}

    def id_token(self, key: Any = None, **claims: Any) -> str:
        """As this provider makes one for us, and of `claims` what should differ."""
        now = int(time.time())
        usual = {
            "iss": self.url,
            "aud": CLIENT["client_id"],
            "iat": now,
            "exp": now + 3600,
            **self.person,
        }
        told = {k: v for k, v in {**usual, **claims}.items() if v is not None}
        return jwt.encode(
            told, key or signing_key(), algorithm="RS256", headers={"kid": KEY_ID}
        )

    def answer(self, path: str, query: dict[str, str], token: str) -> Any:
        """The JSON of a GET; a text is where to redirect to."""
        if path in self.broken:
            return ["nonsense"]
        match path.removeprefix("/google"):
            case "/.well-known/openid-configuration":
                return self._configuration()
            case "/jwks":
                public = jwt.algorithms.RSAAlgorithm.to_jwk(
                    signing_key().public_key(), as_dict=True
                )
                return {"keys": [{**public, "kid": KEY_ID, "alg": "RS256"}]}
            case "/certs":
                return {KEY_ID: certificate()}
            case "/authorize":
                return self._authorize(query)
            case "/userinfo" if token == "the-access-token":
                return self.userinfo or self.person
            case "/user" if token == "the-access-token":
                return {"id": self.person["sub"], "login": "ada-l", "plan": "secret"}
            case "/user/emails" if token == "the-access-token":
                return self.github_addresses
        return None

    def exchange(self, path: str, form: dict[str, str]) -> dict[str, Any] | None:
        """A code for tokens, once, if everything is as it was authorized."""
        asked = self._codes.pop(form.get("code", ""), None)
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        is_right = (
            asked is not None
            and form.get("client_id") == CLIENT["client_id"]
            and form.get("client_secret") == CLIENT["secret"]
            and form.get("redirect_uri") == asked["redirect_uri"]
            and challenge == asked["code_challenge"]
        )
        if not is_right:
            return None
        tokens = {"access_token": "the-access-token", "token_type": "bearer"}
        if path != "/github/token":
            issuer = GOOGLE_ISSUER if path.startswith("/google") else self.url
            tokens["id_token"] = self.id_token(iss=issuer)
        return tokens

    def _configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/jwks",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def _authorize(self, query: dict[str, str]) -> str | None:
        is_asked_well = (
            query.get("client_id") == CLIENT["client_id"]
            and query.get("response_type") == "code"
            and query.get("code_challenge_method") == "S256"
        )
        if not is_asked_well:
            return None
        self.requests.append(query)
        code = secrets.token_urlsafe(16)
        self._codes[code] = query
        back = urlencode({"code": code, "state": query["state"]})
        return f"{query['redirect_uri']}?{back}"


@contextmanager
def serving() -> Iterator[IdentityProvider]:
    provider = IdentityProvider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(provider))
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(provider: IdentityProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            provider.asked.append(parts.path)
            token = self.headers.get("Authorization", "").partition(" ")[2]
            path = parts.path.removeprefix("/github")
            found = provider.answer(path, dict(parse_qsl(parts.query)), token)
            if isinstance(found, str):
                self.send_response(HTTPStatus.FOUND)
                self.send_header("Location", found)
                self.end_headers()
            else:
                self._send(found)

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._send(provider.exchange(self.path, dict(parse_qsl(body.decode()))))

        def _send(self, found: Any) -> None:
            refused = found is None
            body = json.dumps({"error": "refused"} if refused else found).encode()
            self.send_response(HTTPStatus.BAD_REQUEST if refused else HTTPStatus.OK)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Not in the output of the tests."""

    return Handler
