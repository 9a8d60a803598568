"""What the product refuses, said without HTTP. `saas/api.py` turns each kind into a status."""


class DomainError(Exception):
    """A rule of the product refused the request (HTTP 409 unless a subclass says otherwise).

    `code` is part of the public API: clients switch on it, so it never changes.
    `message` is for people and may be reworded.
    `data` is added to the top level of the error body: JSON-ready values only.
    """

    code = "refused"
    message = "The request was refused."

    def __init__(self, message: str | None = None, **data: object) -> None:
        super().__init__(message or self.message)
        self.message = message or self.message
        self.data = data


class Invalid(DomainError):
    """The caller sent something that cannot be right (400); `attr` names the field."""

    code = "invalid"
    message = "The request is not valid."

    def __init__(
        self, message: str | None = None, attr: str | None = None, **data: object
    ) -> None:
        super().__init__(message, **data)
        self.attr = attr


class NotAuthenticated(DomainError):
    """Nobody, or nobody any more (401)."""

    code = "not_authenticated"
    message = "Sign in first."


class PlanRequired(DomainError):
    """A better plan would allow it (402)."""

    code = "plan_required"
    message = "Your plan does not include this."


class NotAllowed(DomainError):
    """Known, but without the right (403)."""

    code = "permission_denied"
    message = "You do not have permission to do this."


class NotFound(DomainError):
    """It does not exist, or not for this caller (404)."""

    code = "not_found"
    message = "Not found."


class Conflict(DomainError):
    """Two requests wanted what only one can have (409)."""

    code = "conflict"
    message = "Somebody else was faster. Look at the current state and try again."


class RateLimited(DomainError):
    """Too often (429); `retry_after` in seconds becomes the Retry-After header."""

    code = "rate_limited"
    message = "Too many attempts. Wait a little and try again."

    def __init__(
        self, message: str | None = None, retry_after: int = 60, **data: object
    ) -> None:
        super().__init__(message, **data)
        self.retry_after = retry_after


class Unavailable(DomainError):
    """A part we depend on does not answer (503); the same request may work later.

    `retry_after`, in seconds, becomes the Retry-After header.
    """

    code = "unavailable"
    message = "This is not available right now. Try again in a moment."
    retry_after: int | None = None
