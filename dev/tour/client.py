"""The traveller: sends requests, prints them with their answers, and is strict about surprises."""

import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

SECRET = re.compile(r"^(access|refresh|flow)$")
PATIENCE = 30  # seconds, for what happens behind the scenes: mails, webhooks


class Surprise(Exception):
    """The server did not answer as the tour says."""


class Answer:
    """Status, headers and JSON of one answer."""

    def __init__(self, status: int, headers: dict[str, str], raw: bytes) -> None:
        self.status, self.headers, self.raw = status, headers, raw
        is_json = headers.get("content-type", "").startswith("application/json")
        self.json: Any = json.loads(raw) if is_json and raw else None

    def __getitem__(self, key: str) -> Any:
        if not isinstance(self.json, dict) or key not in self.json:
            raise Surprise(f"the answer has no {key!r}: {self.raw[:200]!r}")
        return self.json[key]

    @property
    def code(self) -> str:
        """The stable code of a refusal."""
        return self["errors"][0]["code"]


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


class Traveller:
    """One REST client: `base_url`, the access token it carries, and the routes it has seen."""

    def __init__(
        self, base_url: str, visited: set[tuple[str, str]] | None = None
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.access: str | None = None
        self.visited = set() if visited is None else visited
        self.opener = urllib.request.build_opener(NoRedirect)

    def another(self) -> "Traveller":
        """Somebody else on the same tour."""
        return Traveller(self.base_url, self.visited)

    def call(
        self,
        method: str,
        path: str,
        data: dict[str, Any] | None = None,
        *,
        expect: int | tuple[int, ...],
        code: str | None = None,
    ) -> Answer:
        """Send, print both sides, and insist on the status (and on the code of a refusal).

        Raises:
            Surprise: the answer is another one.
        """
        answer = self.send(method, path, data)
        self._print(method, path, data, answer)
        self.visited.add((method, path.split("?")[0]))
        if answer.status not in (expect if isinstance(expect, tuple) else (expect,)):
            raise Surprise(f"{method} {path}: expected {expect}, got {answer.status}")
        if code is not None and answer.code != code:
            raise Surprise(f"{method} {path}: expected {code}, got {answer.code}")
        return answer

    def send(
        self, method: str, path: str, data: dict[str, Any] | None = None
    ) -> Answer:
        headers = {"Accept": "application/json"}
        if self.access:
            headers["Authorization"] = f"Bearer {self.access}"
        body = None
        if data is not None:
            body, headers["Content-Type"] = (
                json.dumps(data).encode(),
                "application/json",
            )
        url = urllib.parse.urljoin(self.base_url + "/", path)
        return self._open(urllib.request.Request(url, body, headers, method=method))

    def submit(self, url: str, fields: dict[str, str]) -> Answer:
        """Send a form, as a browser on a hosted page does; redirects are not followed."""
        body = urllib.parse.urlencode(fields).encode()
        return self._open(urllib.request.Request(url, body, method="POST"))

    def _open(self, request: urllib.request.Request) -> Answer:
        try:
            response = self.opener.open(request, timeout=PATIENCE)
        except urllib.error.HTTPError as error:
            response = error
        except OSError as error:
            raise Surprise(f"{request.full_url} did not answer: {error}") from error
        with response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, headers, response.read())

    def _print(self, method: str, path: str, data: Any, answer: Answer) -> None:
        print(f"\n    {method} {path}")
        if data is not None:
            print(indented(shown(data), "    "))
        print(f"    -> {answer.status}")
        if answer.json is not None:
            print(indented(shown(answer.json), "       "))


def shown(data: Any) -> str:
    """JSON for people: tokens and long texts shortened, long lists cut."""
    return json.dumps(shortened(data), indent=2, ensure_ascii=False)


def shortened(data: Any, name: str = "") -> Any:
    if isinstance(data, dict):
        return {key: shortened(value, key) for key, value in data.items()}
    if isinstance(data, list):
        more = [f"... {len(data) - 3} more"] if len(data) > 3 else []
        return [shortened(value) for value in data[:3]] + more
    if isinstance(data, str) and (SECRET.match(name) or len(data) > 120):
        return data[:24] + "..." if len(data) > 27 else data
    return data


def indented(text: str, by: str) -> str:
    return "\n".join(by + line for line in text.splitlines())


def wait_for(what: str, look: Callable[[], Any]) -> Any:
    """Look until there is something to see.

    Raises:
        Surprise: nothing came within PATIENCE seconds.
    """
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.2)
    raise Surprise(f"{what} did not come within {PATIENCE} seconds")


def chapter(title: str) -> None:
    print(f"\n\n{title}\n{'=' * len(title)}")


def say(text: str) -> None:
    print(f"\n{text}")
