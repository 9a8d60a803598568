"""Every route of the API."""

from fakestripe.resources import (
    account,
    balance,
    charges,
    checkout,
    collection,
    coupons,
    customers,
    cycle,
    disputes,
    invoices,
    items,
    lines,
    payment_methods,
    payments,
    portal,
    portal_configuration,
    previews,
    prices,
    products,
    promotion_codes,
    refunds,
    subscription_changes,
    subscriptions,
)
from fakestripe.webhooks import endpoints, events

ROUTES = [
    route
    for module in (
        account,
        products,
        prices,
        coupons,
        promotion_codes,
        customers,
        payment_methods,
        checkout,
        portal,
        portal_configuration,
        subscriptions,
        subscription_changes,
        cycle,
        items,
        previews,
        invoices,
        lines,
        collection,
        payments,
        charges,
        balance,
        refunds,
        disputes,
        events,
        endpoints,
    )
    for route in module.ROUTES
]
