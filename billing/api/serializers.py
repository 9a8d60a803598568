"""The JSON of plans, subscriptions and payments."""

from typing import Any

from djstripe.models import Product
from rest_framework import serializers

from billing import plans
from billing.entitlements import STATUSES, SubscriptionState
from billing.models import Payment


class PriceSerializer(serializers.Serializer):
    """What a plan costs per interval; `amount` in the smallest unit of `currency`."""

    id = serializers.CharField()
    amount = serializers.IntegerField(source="unit_amount", allow_null=True)
    currency = serializers.CharField()
    interval = serializers.ChoiceField(
        ["day", "week", "month", "year"], source="recurring.interval"
    )
    interval_count = serializers.IntegerField(source="recurring.interval_count")
    lookup_key = serializers.CharField(allow_null=True)


class PlanSerializer(serializers.Serializer):
    id = serializers.CharField(help_text="The Stripe product.")
    key = serializers.SerializerMethodField(help_text="What code and flags know it by.")
    name = serializers.CharField()
    description = serializers.CharField()
    features = serializers.SerializerMethodField()
    trial_days = serializers.SerializerMethodField()
    per_seat = serializers.SerializerMethodField(
        help_text="Whether it is paid once for each member of the payer's workspaces."
    )
    prices = PriceSerializer(many=True, source="sold_prices")

    def get_key(self, product: Product) -> str:
        return plans.plan_key(product)

    def get_features(self, product: Product) -> list[str]:
        return plans.features(product)

    def get_trial_days(self, product: Product) -> int:
        return plans.trial_days(product)

    def get_per_seat(self, product: Product) -> bool:
        return plans.is_per_seat(product)


class StripeKeyField(serializers.CharField):
    """An id of Stripe's; whether it exists is for the domain to say."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=255, **kwargs)


class CheckoutSerializer(serializers.Serializer):
    price = StripeKeyField(help_text="The id of a price of GET /payment/plans.")


class ChangeSerializer(CheckoutSerializer):
    preview = serializers.CharField(
        max_length=2000,
        required=False,
        default="",
        help_text="`token` of a preview: then what it has shown is what is charged.",
    )


class PreviewLineSerializer(serializers.Serializer):
    description = serializers.CharField()
    amount = serializers.IntegerField(help_text="Below 0 it is a credit.")
    quantity = serializers.IntegerField(allow_null=True)
    is_proration = serializers.BooleanField(
        help_text="Settles the rest of the running period."
    )
    period_start = serializers.DateTimeField()
    period_end = serializers.DateTimeField()


class PreviewSerializer(serializers.Serializer):
    """The invoice that a change of plan ends in; amounts in the smallest unit of `currency`."""

    price = serializers.CharField(source="price_id")
    plan_name = serializers.CharField()
    quantity = serializers.IntegerField()
    currency = serializers.CharField()
    is_due_now = serializers.BooleanField(
        help_text="Charged with the change; else with the next invoice."
    )
    due_at = serializers.DateTimeField(
        allow_null=True, help_text="Of the next invoice; null when it is due now."
    )
    amount_due = serializers.IntegerField(help_text="What the card is charged.")
    subtotal = serializers.IntegerField()
    discount = serializers.IntegerField()
    tax = serializers.IntegerField()
    total = serializers.IntegerField(help_text="Below 0 it is kept as credit.")
    credit = serializers.IntegerField(help_text="Earlier credit that is used up here.")
    period_start = serializers.DateTimeField(allow_null=True)
    period_end = serializers.DateTimeField(allow_null=True)
    lines = PreviewLineSerializer(many=True, help_text="The first ten.")
    token = serializers.CharField(help_text="For `preview` of the change.")
    expires_at = serializers.DateTimeField(help_text="Of the token.")


class GuestCheckoutSerializer(CheckoutSerializer):
    email = serializers.EmailField(max_length=254)


class PageSerializer(serializers.Serializer):
    """A page of Stripe's to send the browser to."""

    url = serializers.URLField()


class SubscribedPlanSerializer(serializers.Serializer):
    id = serializers.CharField(source="product_id")
    key = serializers.CharField(source="plan")
    name = serializers.CharField(source="plan_name")
    price = serializers.CharField(source="price_id")
    amount = serializers.IntegerField(allow_null=True)
    currency = serializers.CharField()
    interval = serializers.CharField()


class SubscriptionSerializer(serializers.Serializer):
    """The subscription that counts; without one, `status` is `none` and the rest null."""

    status = serializers.ChoiceField([*STATUSES, "none"])
    has_access = serializers.BooleanField(
        help_text="Whether the plan is given now, also for some days after a failed payment."
    )
    plan = SubscribedPlanSerializer(source="*", allow_null=True)
    quantity = serializers.IntegerField(
        allow_null=True,
        help_text="How often `plan.amount` is paid: of a plan by the seat, the members.",
    )
    cancel_at_period_end = serializers.BooleanField(source="is_ending")
    current_period_start = serializers.DateTimeField(allow_null=True)
    current_period_end = serializers.DateTimeField(allow_null=True)
    trial_end = serializers.DateTimeField(allow_null=True)
    other_subscriptions = serializers.SerializerMethodField(
        help_text="How many more are renewed and paid for, from payments as a guest."
        " Cancel ends them all, resume takes up this one."
    )

    @classmethod
    def answer(cls, states: list[SubscriptionState]) -> dict[str, Any]:
        """Of all that have not ended, the one that counts first."""
        if states:
            return cls(states[0], context={"others": states[1:]}).data
        nothing = dict.fromkeys(cls().fields)
        return nothing | {
            "status": "none",
            "has_access": False,
            "cancel_at_period_end": False,
            "other_subscriptions": 0,
        }

    def get_other_subscriptions(self, state: SubscriptionState) -> int:
        return sum(not other.is_ending for other in self.context["others"])


class PaymentSerializer(serializers.ModelSerializer):
    """Amounts in the smallest unit of the currency; links are empty until Stripe gives one."""

    status = serializers.ChoiceField(Payment.Status.choices)
    subscription = serializers.CharField(source="stripe_subscription_id")

    class Meta:
        model = Payment
        fields = [
            "id",
            "status",
            "amount",
            "amount_refunded",
            "amount_discount",
            "currency",
            "number",
            "subscription",
            "invoice_url",
            "invoice_pdf_url",
            "receipt_url",
            "paid_at",
            "created_at",
        ]
        read_only_fields = fields
