"""What billing refuses."""

from saas import errors


class BillingUnavailable(errors.Unavailable):
    code = "billing_unavailable"
    message = "Payments are not available right now. Try again in a moment."
    retry_after = 10


class Busy(BillingUnavailable):
    """Somebody else works on the same customer, and has for long: Stripe is slow."""


class BillingRefused(errors.DomainError):
    """Stripe knows better: the state there is no longer the one we know."""

    code = "billing_refused"
    message = "The payment provider refused this. Reload and look at the state again."


class PaymentDeclined(errors.DomainError):
    code = "payment_declined"
    message = "The card was declined. Use another one in the billing portal."


class AlreadySubscribed(errors.DomainError):
    code = "already_subscribed"
    message = "There is a subscription already. Change it, or open the billing portal."


class NoSubscription(errors.DomainError):
    code = "no_subscription"
    message = "There is no subscription that this could change."


class UnknownPrice(errors.Invalid):
    code = "unknown_price"
    message = "No plan is sold at this price. GET /payment/plans lists those that are."

    def __init__(self) -> None:
        super().__init__(attr="price")


class InvalidPreview(errors.Invalid):
    code = "invalid_preview"
    message = "This is no preview of this change. Preview it again."

    def __init__(self) -> None:
        super().__init__(attr="preview")


class PreviewExpired(errors.DomainError):
    code = "preview_expired"
    message = "What was shown is not valid any more. Preview the change again."


class NotChangeable(errors.DomainError):
    code = "not_changeable"
    message = (
        "A plan that ends, or is not paid, has to go on as it is before it can change; "
        "its currency never does."
    )


class AlreadyOnPlan(errors.DomainError):
    code = "already_on_plan"
    message = "You are on this plan already."


class CheckoutNotFound(errors.NotFound):
    """One answer for whatever cannot be claimed: who guesses ids learns nothing."""

    code = "checkout_not_found"
    message = (
        "No payment without an account was made there within the last hour. "
        "Sign up with the address that was paid with, or ask support."
    )


class InvalidClaim(errors.Invalid):
    code = "invalid_claim"
    message = "This is not a claim token of ours."

    def __init__(self) -> None:
        super().__init__(attr="token")


class ClaimExpired(InvalidClaim):
    code = "claim_expired"
    message = "This claim token is too old. Ask support to give you the payment."


class AlreadyClaimed(errors.DomainError):
    code = "already_claimed"
    message = "This payment belongs to an account already. Ask support if it is yours."


class InvalidSignature(errors.Invalid):
    code = "invalid_signature"
    message = (
        "The Stripe-Signature header does not fit the body, or its time is not now."
    )


class MalformedEvent(errors.Invalid):
    code = "malformed_event"
    message = "The body is not an event of Stripe."


class WrongMode(errors.Invalid):
    """A live event reached a test system, or the other way round."""

    code = "wrong_mode"
    message = "This event belongs to the other mode of Stripe (live or test)."
