"""What JSON the API accepts."""

import json
import math
from collections.abc import Iterable
from typing import Any

from rest_framework.exceptions import ErrorDetail, ParseError, ValidationError
from rest_framework.parsers import JSONParser

NULL = ErrorDetail("Null characters are not allowed.", "null_characters_not_allowed")
# Nothing here is deeper than three; a reader that recurses would end at some hundreds.
MAX_NESTING = 50
SURROGATE = ErrorDetail(
    "Half of a surrogate pair is no character.", "surrogate_characters_not_allowed"
)


class StrictJSONParser(JSONParser):
    """JSON as RFC 8259 means it: UTF-8, no NaN, no repeated keys, an object at the top.

    Text that neither PostgreSQL nor UTF-8 can hold is refused here, once, for every field.
    """

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Any = None
    ) -> dict[str, Any]:
        try:
            text = stream.read().decode("utf-8")
            data = json.loads(
                text,
                object_pairs_hook=refuse_duplicates,
                parse_constant=refuse_constant,
                parse_float=finite,
            )
        except (ValueError, RecursionError) as e:
            raise ParseError("The body is not JSON as RFC 8259 means it.") from e
        if not isinstance(data, dict):
            raise ValidationError(
                {"non_field_errors": ["Send a JSON object."]}, code="invalid"
            )
        if text.count("[") + text.count("{") > MAX_NESTING and is_too_deep(data):
            raise ParseError(f"The body is nested deeper than {MAX_NESTING} levels.")
        if "\\u" in text:  # both kinds can only be written as an escape
            refuse_unstorable(data)
        return data


def refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two readers may take different values of a repeated key (ASVS 15.3.7), so take none."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("The same key stands twice in one object.")
    return found


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON.")


def finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError("A number is too large.")
    return value


def is_too_deep(data: Any) -> bool:
    level = [data]
    for _ in range(MAX_NESTING):
        level = [child for item in level for child in children(item)]
        if not level:
            return False
    return True


def children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def refuse_unstorable(data: dict[str, Any]) -> None:
    for key, value in data.items():
        if problem(key):
            raise ParseError("A key holds characters that are not allowed.")
        if found := problem(value):
            raise ValidationError({key: [found]})


def problem(value: Any) -> ErrorDetail | None:
    """What is wrong with a text, or with the first such text inside of `value`."""
    if isinstance(value, str):
        if "\0" in value:
            return NULL
        has_surrogate = any("\ud800" <= letter <= "\udfff" for letter in value)
        return SURROGATE if has_surrogate else None
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list):
        return next((found for item in value if (found := problem(item))), None)
    return None
