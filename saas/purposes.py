"""What does not work without a variable that production must have."""

WITHOUT = {
    "ALLOWED_HOSTS": "every request is refused",
    "BASE_URL": "links in mails, and back from Stripe, lead nowhere",
    "DATABASE_URL": "nothing is stored, so nothing works",
    "DEFAULT_FROM_EMAIL": "mails have no sender, and no server takes them",
    "EMAIL_URL": "nobody gets a code or a link, so nobody can register",
    "JWT_SIGNING_KEYS": "no client of the API can log in",
    "REDIS_URL": "nothing is limited or cached, so no log-in is safe",
    "SECRET_KEY": "sessions, second factors and queued mails are not sealed",
    "STRIPE_SECRET_KEY": "nobody can pay",
    "STRIPE_WEBHOOK_SECRETS": "news of Stripe are refused, so who pays gets no plan",
}
