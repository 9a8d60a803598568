"""From a request to the function that answers it."""

import json
import re
import urllib.parse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fakestripe.state.store import Object
from fakestripe.wire import form, idempotency
from fakestripe.wire.errors import StripeError
from fakestripe.wire.expand import expanded
from fakestripe.wire.fields import Field, ListOf, Text, read

if TYPE_CHECKING:
    from fakestripe.world import World

EXPAND = ListOf(Text(longest=500), most=20)


@dataclass(frozen=True)
class Route:
    """`handler(world, params, **names in the path)` gives the object to answer with."""

    method: str
    path: str
    handler: Callable[..., Object]
    fields: Mapping[str, Field] = field(default_factory=dict)

    @property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", self.path))


@dataclass(frozen=True)
class Call:
    """One request to the API, as it came."""

    method: str
    path: str
    query: str
    body: str
    request_id: str
    idempotency_key: str | None = None


class Router:
    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = [(route, route.pattern) for route in routes]

    def answer(self, world: "World", call: Call) -> idempotency.Answer:
        """Status and JSON; errors too. State changes are committed or undone."""
        try:
            route, names = self._match(call)
            params = form.decode(call.query)
            params.update(form.decode(call.body))
            with world.transaction(call.request_id, call.idempotency_key):
                return _once(world, call, route, names, params)
        except StripeError as e:
            return e.status, json.dumps(e.body())

    def _match(self, call: Call) -> tuple[Route, dict[str, str]]:
        for route, pattern in self._routes:
            match = route.method == call.method and pattern.fullmatch(call.path)
            if match:
                return route, {
                    name: urllib.parse.unquote(value)
                    for name, value in match.groupdict().items()
                }
        raise StripeError(
            f"Unrecognized request URL ({call.method}: {call.path[:200]}). Please see"
            " https://stripe.com/docs, or the list of routes in fakestripe/README.md.",
            status=HTTPStatus.NOT_FOUND,
        )


def _once(
    world: "World", call: Call, route: Route, names: dict[str, str], raw: form.Tree
) -> idempotency.Answer:
    # Keys have an effect on POST only, as with Stripe.
    key = call.idempotency_key if call.method == "POST" else None
    if not key:
        return _answer(world, route, names, raw)
    print_ = idempotency.fingerprint(call.method, call.path, raw)
    answer = idempotency.earlier_answer(world, key, print_)
    if answer is None:
        answer = _answer(world, route, names, raw)
        idempotency.remember(world, key, print_, answer)
    return answer


def _answer(
    world: "World", route: Route, names: dict[str, str], raw: form.Tree
) -> idempotency.Answer:
    given: dict[str, Any] = {**route.fields, "expand": EXPAND}
    params = read(given, raw, "")
    paths = params.pop("expand", [])
    try:
        obj = route.handler(world, params, **names)
        return int(HTTPStatus.OK), json.dumps(expanded(world, obj, paths))
    except StripeError as e:
        if not e.keeps_changes:
            raise
        return e.status, json.dumps(e.body())
