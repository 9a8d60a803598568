"""An offline Stripe for development and tests: API, hosted pages, webhooks, a clock.

    fake = FakeStripe()
    stripe.api_base = fake.start()

Standard library only. See README.md.
"""

from fakestripe.fake import FakeStripe
from fakestripe.guard import NotForProduction
from fakestripe.webhooks.chaos import Chaos
from fakestripe.wire.errors import StripeError

__all__ = ["Chaos", "FakeStripe", "NotForProduction", "StripeError"]
