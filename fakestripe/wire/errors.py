"""Errors in Stripe's shape.

https://docs.stripe.com/api/errors and https://docs.stripe.com/error-codes
"""

import difflib
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

# Names in messages that differ from the `object` field.
LABELS = {
    "payment_method": "PaymentMethod",
    "checkout.session": "checkout.session",
    "billing_portal.session": "portal session",
    "webhook_endpoint": "webhook endpoint",
}


class StripeError(Exception):
    """An answer other than 200, with `type`, `code`, `message`, `param`."""

    def __init__(
        self,
        message: str,
        *,
        status: int = HTTPStatus.BAD_REQUEST,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = int(status)
        self.kind = kind
        self.code = code
        self.param = param
        self.more = more
        # A declined card leaves its failed charge behind; a bad request, nothing.
        self.keeps_changes = self.status == HTTPStatus.PAYMENT_REQUIRED

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"type": self.kind, "message": self.message}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code}"
        if self.param:
            error["param"] = self.param
        return {"error": {**error, **self.more}}


def missing(param: str) -> StripeError:
    return StripeError(
        f"Missing required param: {param}.", code="parameter_missing", param=param
    )


def unknown(param: str, name: str, known: Iterable[str]) -> StripeError:
    close = difflib.get_close_matches(name, list(known), n=1)
    hint = f". Did you mean {close[0]}?" if close else ""
    return StripeError(
        f"Received unknown parameter: {param}{hint}",
        code="parameter_unknown",
        param=param,
    )


def empty(param: str) -> StripeError:
    return StripeError(
        f"You passed an empty string for '{param}'. We assume empty values are an"
        f" attempt to unset a parameter; however '{param}' cannot be unset. You should"
        f" remove '{param}' from your request or supply a non-empty value.",
        code="parameter_invalid_empty",
        param=param,
    )


def invalid(message: str, param: str | None, code: str | None = None) -> StripeError:
    return StripeError(message, code=code, param=param)


def no_such(kind: str, id_: str, param: str = "id") -> StripeError:
    # As an address names nothing else than the object, a wrong one is a 404;
    # a wrong id inside the parameters is a bad request.
    status = HTTPStatus.NOT_FOUND if param == "id" else HTTPStatus.BAD_REQUEST
    return StripeError(
        f"No such {LABELS.get(kind, kind)}: '{id_[:200]}'",
        status=status,
        code="resource_missing",
        param=param,
    )


def declined(code: str, decline_code: str | None, message: str) -> StripeError:
    more = {"decline_code": decline_code} if decline_code else {}
    return StripeError(
        message,
        status=HTTPStatus.PAYMENT_REQUIRED,
        kind="card_error",
        code=code,
        **more,
    )
