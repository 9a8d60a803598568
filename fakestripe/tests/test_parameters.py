"""Every route and parameter of the fake is one of Stripe's.

Read from the annotations of stripe-python: see `parameters`.
"""

from dataclasses import replace

import pytest

from fakestripe.resources.routes import ROUTES
from fakestripe.tests.parameters import problems
from fakestripe.wire.fields import Choice, Field, Integer, ListOf, Shape, Text
from fakestripe.wire.router import Route

START = {"customer": Text(required=True)}


def test_routes_accept_what_the_library_knows() -> None:
    assert len(ROUTES) > 80
    assert [problem for route in ROUTES for problem in problems(route)] == []


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({**START, "colour": Text()}, "colour: unknown"),
        ({**START, "description": Integer()}, "description: is no int"),
        ({**START, "metadata": ListOf(Text())}, "metadata: is no list"),
        (
            {**START, "payment_behavior": Choice("pray")},
            "payment_behavior: no choice ['pray']",
        ),
        (
            {**START, "items": ListOf(Shape({"prize": Text()}))},
            "items[].prize: unknown",
        ),
    ],
)
def test_the_check_finds_what_is_wrong(given: dict[str, Field], problem: str) -> None:
    route = Route("POST", "/v1/subscriptions", lambda world, params: {}, given)

    assert f"POST /v1/subscriptions {problem}" in problems(route)


def test_the_check_knows_the_addresses() -> None:
    [known] = [route for route in ROUTES if route.path == "/v1/prices/search"]
    strange = replace(known, path="/v1/prices/{id_}/search")

    assert problems(known) == []
    assert problems(strange) == ["GET /v1/prices/{id_}/search: no such address"]
    assert problems(replace(known, fields={})) == [
        "GET /v1/prices/search query: Stripe requires it"
    ]
