"""What JSON the API accepts."""

import json
from typing import Any

from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import JSONParser


def refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two readers may take different values of a repeated key (ASVS 15.3.7), so take none."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("The same key stands twice in one object.")
    return found


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON.")


class StrictJSONParser(JSONParser):
    """JSON as RFC 8259 means it: UTF-8, no NaN, no repeated keys, an object at the top."""

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Any = None
    ) -> Any:
        try:
            data = json.loads(
                stream.read().decode("utf-8"),
                object_pairs_hook=refuse_duplicates,
                parse_constant=refuse_constant,
            )
        except (ValueError, RecursionError) as e:
            raise ParseError(f"JSON parse error: {e}") from e
        if not isinstance(data, dict):
            raise ValidationError(
                {"non_field_errors": ["Send a JSON object."]}, code="invalid"
            )
        return data
