"""HTTP: reads requests, hands them to the API, the pages or the controls."""

import json
import sys
import time
import traceback
import urllib.parse
from base64 import b64decode
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from fakestripe import controls
from fakestripe.pages import site
from fakestripe.pages.render import Response
from fakestripe.resources.routes import ROUTES
from fakestripe.state.ids import new_id
from fakestripe.webhooks.events import API_VERSION
from fakestripe.wire import form
from fakestripe.wire.errors import StripeError
from fakestripe.wire.router import Call, Router

if TYPE_CHECKING:
    from fakestripe.world import World

MAX_BODY = 1_000_000
IDLE_TIMEOUT = 60


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], world: "World") -> None:
        self.world = world
        self.router = Router(ROUTES)
        super().__init__(address, Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "fakestripe"
    sys_version = ""
    disable_nagle_algorithm = True
    timeout = IDLE_TIMEOUT

    def serve(self) -> None:
        self.request_id = new_id("req_", 14)
        try:
            response = self._answer()
        except StripeError as e:
            response = as_json(e.status, e.body())
        except UnicodeError:
            error = StripeError("Invalid request: it is not valid UTF-8.")
            response = as_json(error.status, error.body())
        except Exception:
            # A bug of the fake: told to whoever runs it, not to the client.
            traceback.print_exc(file=sys.stderr)
            error = StripeError(
                "An unexpected error occurred in the offline Stripe. Its output has"
                " the details.",
                status=HTTPStatus.INTERNAL_SERVER_ERROR,
                kind="api_error",
            )
            response = as_json(error.status, error.body())
        self._send(response)

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = serve

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not printed: the log of interest is `/_fake/log`."""

    def _answer(self) -> Response:
        body = self._body()
        url = urllib.parse.urlsplit(self.path)
        if url.path.startswith("/v1/") or url.path == "/v1":
            return self._api(url, body)
        self._refuse_other_sites()
        if url.path.startswith("/_fake/"):
            is_json = "json" in self.headers.get("Content-Type", "")
            given = controls.read(body, is_json=is_json)
            world = self.server.world
            data = controls.answer(world, self.command, url.path, given)
            return as_json(HTTPStatus.OK, data)
        typed = form.decode(body) if self.command == "POST" else {}
        return site.answer(self.server.world, self.command, url.path, typed)

    def _api(self, url: urllib.parse.SplitResult, body: str) -> Response:
        check_key(self.headers.get("Authorization"))
        is_form = not body or "json" not in self.headers.get("Content-Type", "")
        if not is_form:
            raise StripeError(
                "Invalid request: send parameters as"
                " application/x-www-form-urlencoded.",
            )
        world = self.server.world
        with world.changed:
            latency, trouble = world.chaos.latency, world.chaos.of_api()
        # Outside the lock, so that answers can overtake each other.
        time.sleep(latency / 2)
        if trouble in FAILURES:
            raise FAILURES[trouble]()
        call = Call(
            self.command,
            url.path,
            url.query,
            body,
            self.request_id,
            self.headers.get("Idempotency-Key"),
        )
        status, text = self.server.router.answer(world, call)
        time.sleep(latency / 2)
        if trouble == "lost_answers":
            raise _failed()
        return Response(status, text.encode(), {"Content-Type": "application/json"})

    def _body(self) -> str:
        if "Transfer-Encoding" in self.headers:
            self.close_connection = True
            raise StripeError(
                "Invalid request: send a Content-Length.",
                status=HTTPStatus.LENGTH_REQUIRED,
            )
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()):
            self.close_connection = True
            raise StripeError("Invalid request: Content-Length is not a number.")
        if int(length) > MAX_BODY:
            self.close_connection = True
            raise StripeError(
                f"Invalid request: the body is larger than {MAX_BODY} bytes.",
                status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            )
        return self.rfile.read(int(length)).decode()

    def _refuse_other_sites(self) -> None:
        """A page of another site may not press our buttons."""
        origin = self.headers.get("Origin")
        if self.command == "GET" or origin is None:
            return
        if urllib.parse.urlsplit(origin).netloc != self.headers.get("Host"):
            raise StripeError(
                "This request comes from another site.", status=HTTPStatus.FORBIDDEN
            )

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.send_header("Request-Id", self.request_id)
        self.send_header("Stripe-Version", API_VERSION)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(response.body)


def _rate_limited() -> StripeError:
    return StripeError(
        "Request rate limit exceeded. You can learn more about rate limits here"
        " https://stripe.com/docs/rate-limits.",
        status=HTTPStatus.TOO_MANY_REQUESTS,
        code="rate_limit",
    )


def _failed() -> StripeError:
    return StripeError(
        "Sorry! There was an error while talking to our backend (trouble on demand).",
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
        kind="api_error",
    )


FAILURES = {"rate_limits": _rate_limited, "failures": _failed}


def as_json(status: int, data: Any) -> Response:
    body = json.dumps(data).encode()
    return Response(int(status), body, {"Content-Type": "application/json"})


def check_key(authorization: str | None) -> None:
    """Test keys only, as `Bearer` or as the user of `Basic`.

    Raises:
        StripeError: none, a live one, or something else.
    """
    key = _key(authorization or "")
    if not key:
        raise _unauthorized(
            "You did not provide an API key. You need to provide your API key in the"
            " Authorization header, using Bearer auth (e.g. 'Authorization: Bearer"
            " YOUR_SECRET_KEY')."
        )
    if key.startswith(("sk_live_", "rk_live_")):
        raise _unauthorized(
            "A live key was sent to the offline Stripe, which takes test keys only."
            " Unset STRIPE_API_HOST to talk to the real Stripe."
        )
    if not key.startswith(("sk_test_", "rk_test_")):
        shown = f"{key[:8]}****"
        raise _unauthorized(f"Invalid API Key provided: {shown}")


def _key(authorization: str) -> str:
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return b64decode(value, validate=True).decode().partition(":")[0]
        except ValueError:
            return ""
    return ""


def _unauthorized(text: str) -> StripeError:
    return StripeError(text, status=HTTPStatus.UNAUTHORIZED)
