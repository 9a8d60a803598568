"""Lists and searches: filters, cursors, and the page around them."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fakestripe.state.store import Condition, Object, equals
from fakestripe.wire import errors
from fakestripe.wire.fields import Field, Integer, Params, Range, Text

if TYPE_CHECKING:
    from fakestripe.world import World

SQL_OPERATORS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "eq": "="}
CLAUSE = re.compile(
    r"""\s*(-?)(\w+(?:\.\w+)*)(?:\[["']([^"']{1,40})["']\])?"""
    r"""(:|~|>=|<=|>|<)(?:"([^"]*)"|'([^']*)'|(\d+))\s*(AND|OR|$)""",
)


def paged(**filters: Field) -> dict[str, Field]:
    """The parameters of a list: its filters and the cursors."""
    return {
        **filters,
        "limit": Integer(least=1, most=100, default=10),
        "starting_after": Text(),
        "ending_before": Text(),
    }


def filtered(**filters: Field) -> dict[str, Field]:
    """As `paged`, for lists that can be asked for a range of `created` too."""
    return paged(created=Range(), **filters)


def matching(params: Params, *names: str) -> list[Condition]:
    """Conditions for those of the filters that were given."""
    conditions = [equals(name, params[name]) for name in names if name in params]
    for operator, seconds in params.get("created", {}).items():
        sql = f"json_extract(body, '$.created') {SQL_OPERATORS[operator]} ?"
        conditions.append((sql, (seconds,)))
    return conditions


def page(
    world: "World", url: str, kind: str, params: Params, *conditions: Condition
) -> Object:
    """One page, newest first: `{"object": "list", "url", "has_more", "data"}`.

    Costs the same at any depth: the cursor is a place in the order, not an offset.
    """
    limit = params["limit"]
    after, before = params.get("starting_after"), params.get("ending_before")
    if after and before:
        raise errors.invalid(
            "You can only specify one of starting_after and ending_before.",
            "ending_before",
        )
    cursors = list(conditions)
    for param, id_, sign in (
        ("starting_after", after, "<"),
        ("ending_before", before, ">"),
    ):
        if id_:
            world.get(kind, id_, param=param, deleted=True)
            sql = f"seq {sign} (SELECT seq FROM objects WHERE id = ?)"
            cursors.append((sql, (id_,)))
    rows = world.store.find(kind, *cursors, oldest_first=bool(before), limit=limit + 1)
    shown = rows[:limit]
    return {
        "object": "list",
        "data": shown[::-1] if before else shown,
        "has_more": len(rows) > limit,
        "url": url,
    }


def whole(url: str, rows: list[Object]) -> Object:
    """A short list inside an object, complete."""
    return {"object": "list", "data": rows, "has_more": False, "url": url}


SEARCH: Mapping[str, Field] = {
    "query": Text(required=True, longest=1_000),
    "limit": Integer(least=1, most=100, default=10),
    "page": Text(),
}


def search(world: "World", url: str, kind: str, params: Params) -> Object:
    """`email:"a@b.c" AND metadata["plan"]:"pro"`; `page` is the next offset.

    https://docs.stripe.com/search
    """
    condition = _condition(params["query"])
    raw = params.get("page", "0")
    if not re.fullmatch("[0-9]{1,9}", raw):
        raise errors.invalid(f"Invalid page: '{raw[:50]}'", "page")
    start, limit = int(raw), params["limit"]
    rows = world.store.find(kind, condition, limit=start + limit + 1)
    more = len(rows) > start + limit
    return {
        "object": "search_result",
        "data": rows[start : start + limit],
        "has_more": more,
        "next_page": str(start + limit) if more else None,
        "url": url,
    }


def _condition(query: str) -> Condition:
    parts: list[str] = []
    values: list[Any] = []
    position, joiners = 0, set()
    while True:
        match = CLAUSE.match(query, position)
        if not match:
            raise errors.invalid(
                "We were unable to parse your search query. Try using the format"
                ' `metadata["key"]:"value"` to query for metadata or'
                ' `field:"value"` to query for other fields.',
                "query",
            )
        sql, arguments = _clause(match)
        parts.append(sql)
        values += arguments
        position = match.end()
        if not match[8]:
            break
        joiners.add(match[8])
    if len(joiners) > 1:
        raise errors.invalid("AND and OR cannot be mixed in a query.", "query")
    joiner = f" {joiners.pop()} " if joiners else " "
    return f"({joiner.join(parts)})", tuple(values)


def _clause(match: re.Match[str]) -> tuple[str, list[Any]]:
    negated, field, key, operator = match[1], match[2], match[3], match[4]
    text = next(value for value in match.group(5, 6, 7) if value is not None)
    arguments: list[Any] = [f'$.{field}."{key}"' if key else f"$.{field}"]
    if operator == ":":
        # Search does not look at case. Booleans are 0 and 1 in SQLite's JSON.
        sql = "lower(CAST(json_extract(body, ?) AS TEXT)) = lower(?)"
        arguments.append({"true": "1", "false": "0"}.get(text, text))
    elif operator == "~":
        sql = "instr(lower(json_extract(body, ?)), lower(?)) > 0"
        arguments.append(text)
    elif text.isdigit():
        sql = f"json_extract(body, ?) {operator} ?"
        arguments.append(int(text))
    else:
        raise errors.invalid(f"Invalid number in query: '{text[:50]}'", "query")
    return (f"({sql}) IS NOT 1" if negated else sql), arguments
