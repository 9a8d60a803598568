"""The manners of Stripe's API: forms, fields, lists, expansion, errors, idempotency."""
