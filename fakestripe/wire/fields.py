"""What a parameter may be: each field reads one value of the form, or refuses it.

A route declares its parameters as a dict of fields, so that everything unknown,
missing or malformed is refused in one place, with Stripe's codes.
"""

import re
from collections.abc import Mapping
from typing import Any

from fakestripe.wire import errors

Params = dict[str, Any]
EMAIL = re.compile(r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$")
URL = re.compile(r"^https?://[^\s/?#]+[^\s]*$", re.IGNORECASE)
DIGITS = re.compile("[0-9]{1,6}")
MAX_INTEGER = 99_999_999_999


class Field:
    """`clearable`: an empty value unsets it (None)."""

    def __init__(
        self, *, required: bool = False, default: Any = None, clearable: bool = False
    ) -> None:
        self.required = required
        self.default = default
        self.clearable = clearable

    def read(self, raw: Any, param: str) -> Any:
        if raw == "":
            if self.clearable:
                return None
            raise errors.empty(param)
        return self.parse(raw, param)

    def parse(self, raw: Any, param: str) -> Any:
        raise NotImplementedError


class Text(Field):
    def __init__(self, *, longest: int = 5_000, **more: Any) -> None:
        super().__init__(**more)
        self.longest = longest

    def parse(self, raw: Any, param: str) -> str:
        if not isinstance(raw, str):
            raise errors.invalid("Invalid string: {...}", param)
        if len(raw) > self.longest:
            raise errors.invalid(
                f"Invalid string: {raw[:20]}...; must be at most {self.longest}"
                " characters",
                param,
                "parameter_invalid_string_too_long",
            )
        return raw


class Email(Text):
    def parse(self, raw: Any, param: str) -> str:
        text = super().parse(raw, param)
        if len(text) > 512 or not EMAIL.match(text):
            raise errors.invalid(
                f"Invalid email address: {text[:100]}", param, "email_invalid"
            )
        return text


class Url(Text):
    def parse(self, raw: Any, param: str) -> str:
        text = super().parse(raw, param)
        # A strange scheme would become a link on a page, so only these two.
        if not URL.match(text):
            raise errors.invalid("Not a valid URL", param, "url_invalid")
        return text


class Currency(Text):
    def parse(self, raw: Any, param: str) -> str:
        text = super().parse(raw, param).lower()
        if not re.fullmatch("[a-z]{3}", text):
            raise errors.invalid(f"Invalid currency: {text[:20]}", param)
        return text


class Integer(Field):
    def __init__(self, *, least: int = 0, most: int = MAX_INTEGER, **more: Any) -> None:
        super().__init__(**more)
        self.least, self.most = least, most

    def parse(self, raw: Any, param: str) -> int:
        if not isinstance(raw, str) or not re.fullmatch("-?[0-9]{1,18}", raw):
            shown = raw[:50] if isinstance(raw, str) else "{...}"
            raise errors.invalid(
                f"Invalid integer: {shown}", param, "parameter_invalid_integer"
            )
        if not self.least <= int(raw) <= self.most:
            raise errors.invalid(
                f"This value must be between {self.least} and {self.most}.",
                param,
                "parameter_invalid_integer",
            )
        return int(raw)


class Percent(Field):
    """More than 0, up to 100, with at most two decimals."""

    def parse(self, raw: Any, param: str) -> float:
        is_number = isinstance(raw, str) and re.fullmatch(
            r"[0-9]{1,3}(\.\d{1,2})?", raw
        )
        if not is_number or not 0 < float(raw) <= 100:
            raise errors.invalid(
                "This value must be more than 0 and at most 100, with up to two"
                " decimals.",
                param,
            )
        return float(raw)


class Moment(Integer):
    """Unix seconds; `words` are accepted as they are (`now`)."""

    def __init__(self, *words: str, **more: Any) -> None:
        super().__init__(**more)
        self.words = words

    def parse(self, raw: Any, param: str) -> Any:
        return raw if raw in self.words else super().parse(raw, param)


class Flag(Field):
    def parse(self, raw: Any, param: str) -> bool:
        if raw not in ("true", "false"):
            shown = raw[:50] if isinstance(raw, str) else "{...}"
            raise errors.invalid(f"Invalid boolean: {shown}", param)
        return raw == "true"


class Choice(Field):
    def __init__(self, *choices: str, **more: Any) -> None:
        super().__init__(**more)
        self.choices = choices

    def parse(self, raw: Any, param: str) -> str:
        if raw not in self.choices:
            raise errors.invalid(
                f"Invalid {param}: must be one of {', '.join(self.choices)}", param
            )
        return raw


class ListOf(Field):
    def __init__(
        self, item: Field, *, least: int = 0, most: int = 100, **more: Any
    ) -> None:
        super().__init__(**more)
        self.item, self.least, self.most = item, least, most

    def parse(self, raw: Any, param: str) -> list[Any]:
        if not isinstance(raw, dict) or not all(map(DIGITS.fullmatch, raw)):
            raise errors.invalid("Invalid array", param)
        raw = [raw[index] for index in sorted(raw, key=int)]
        if not self.least <= len(raw) <= self.most:
            raise errors.invalid(
                f"Array {param} must have {self.least} to {self.most} items", param
            )
        return [self.item.read(v, f"{param}[{i}]") for i, v in enumerate(raw)]


class Shape(Field):
    """A dict of named fields."""

    def __init__(self, fields: Mapping[str, Field], **more: Any) -> None:
        super().__init__(**more)
        self.fields = fields

    def parse(self, raw: Any, param: str) -> Params:
        if not isinstance(raw, dict):
            raise errors.invalid("Invalid object", param)
        return read(self.fields, raw, param)


class Metadata(Field):
    """At most 50 strings; an empty value removes its key, an empty dict all of them."""

    def __init__(self, **more: Any) -> None:
        super().__init__(clearable=True, **more)

    def parse(self, raw: Any, param: str) -> dict[str, str]:
        if not isinstance(raw, dict):
            raise errors.invalid("Invalid object", param)
        if len(raw) > 50:
            raise errors.invalid("You can have up to 50 metadata keys.", param)
        for key, value in raw.items():
            if not isinstance(value, str):
                raise errors.invalid("Metadata values must be strings.", param)
            if len(key) > 40 or len(value) > 500:
                raise errors.invalid(
                    "Metadata keys can have up to 40 characters, values up to 500.",
                    f"{param}[{key[:40]}]",
                )
        return raw


class Range(Field):
    """A moment, or bounds: `created=1`, `created[gte]=1`; gives {operator: seconds}."""

    OPERATORS = ("gt", "gte", "lt", "lte")

    def parse(self, raw: Any, param: str) -> dict[str, int]:
        if isinstance(raw, dict):
            return read({name: Integer() for name in self.OPERATORS}, raw, param)
        return {"eq": Integer().parse(raw, param)}


def read(fields: Mapping[str, Field], raw: Mapping[str, Any], within: str) -> Params:
    """The given parameters, read; absent ones only when they have a default.

    Raises:
        StripeError: unknown, missing, empty or malformed parameter.
    """
    for name in raw:
        if name not in fields:
            raise errors.unknown(_path(within, name[:200]), name, fields)
    params: Params = {}
    for name, field in fields.items():
        if name in raw:
            params[name] = field.read(raw[name], _path(within, name))
        elif field.required:
            raise errors.missing(_path(within, name))
        elif field.default is not None:
            params[name] = field.default
    return params


def merge_metadata(
    old: dict[str, str], change: dict[str, str] | None
) -> dict[str, str]:
    """As Stripe merges: keys with empty values go, None (an emptied dict) clears."""
    if change is None:
        return {}
    merged = {**old, **change}
    if len(merged) > 50:
        raise errors.invalid("You can have up to 50 metadata keys.", "metadata")
    return {key: value for key, value in merged.items() if value != ""}


def _path(within: str, name: str) -> str:
    return f"{within}[{name}]" if within else name
