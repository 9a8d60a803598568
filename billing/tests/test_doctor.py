"""What `manage.py doctor` says about money."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from djstripe.models import Product

from billing import doctor, stripe
from billing.tests.conftest import fail, receiving
from billing.webhooks import EVENTS
from saas.doctor import Level


@pytest.fixture
def url(settings):
    settings.BASE_URL = "https://app.example.com"
    return f"{settings.BASE_URL}/webhook/stripe"


def create_endpoint(url, events=EVENTS, **more):
    params = {"url": url, "enabled_events": list(events), **more}
    return stripe.client().v1.webhook_endpoints.create(params).id


def found(findings):
    """`{subject: (level, words)}`, the last of each subject."""
    return {f.subject: (f.level, f.words) for f in findings}


def run():
    out = StringIO()
    try:
        call_command("doctor", stdout=out, no_color=True)
    except SystemExit as end:
        return end.code, out.getvalue()
    return 0, out.getvalue()


def test_all_is_well(settings, fake, prices, url):
    settings.DOCTOR_CHECKS = ["billing.doctor.examine"]
    settings.DEBUG = True
    create_endpoint(url, api_version=settings.STRIPE_API_VERSION)

    code, told = run()

    assert code == 0, told
    assert "ok      Stripe: Answers, and takes the key." in told
    assert "ok      Webhook endpoint: Gets every event that is needed." in told
    assert "ok      Clock: Goes with Stripe's." in told
    assert "ok      Plans: 2 for sale." in told
    assert "API version" not in told


def test_no_secret_is_printed(settings, fake, prices, url, capsys):
    create_endpoint(url)
    settings.DEBUG = True

    _, told = run()

    printed = told + "".join(capsys.readouterr())
    for secret in (
        settings.STRIPE_SECRET_KEY,
        *settings.STRIPE_WEBHOOK_SECRETS,
        settings.SECRET_KEY,
        settings.DATABASES["default"]["PASSWORD"] or "no password",
    ):
        assert secret not in printed


def test_stripe_down(db, stripe_down, settings):
    settings.DOCTOR_CHECKS = ["billing.doctor.examine"]

    code, told = run()

    assert code == 1
    assert "broken  Stripe: Gives no answer (APIConnectionError)" in told


def test_key_that_stripe_does_not_take(settings, fake):
    settings.STRIPE_SECRET_KEY = "sk_of_nobody"

    assert found(doctor.answers())["Stripe"][0] == Level.BROKEN


@pytest.mark.parametrize(
    ("key", "debug", "level"),
    [
        ("sk_live_" + "k" * 24, False, Level.OK),
        ("rk_live_" + "k" * 24, False, Level.OK),
        ("sk_live_" + "k" * 24, True, Level.BROKEN),
        ("sk_test_" + "k" * 24, False, Level.NOTE),
        ("sk_test_" + "k" * 24, True, Level.NOTE),
        ("pk_live_" + "k" * 24, False, Level.BROKEN),
        ("sk_live_short", False, Level.BROKEN),
        ("", False, Level.BROKEN),
    ],
)
def test_form_and_mode_of_the_key(settings, key, debug, level):
    settings.STRIPE_SECRET_KEY, settings.DEBUG = key, debug
    settings.STRIPE_LIVE_MODE = "_live_" in key

    [finding] = doctor.key()

    assert finding.level == level
    assert "kkkk" not in finding.words


@pytest.mark.parametrize(
    ("secrets", "level"),
    [
        ([], Level.BROKEN),
        (["whsec_" + "s" * 32], Level.OK),
        (["whsec_" + "s" * 32, "whsec_" + "t" * 32], Level.NOTE),
        (["sk_test_" + "s" * 32], Level.BROKEN),
    ],
)
def test_signing_secrets(settings, secrets, level):
    settings.STRIPE_WEBHOOK_SECRETS = secrets

    assert [f.level for f in doctor.secrets()] == [level]


@pytest.mark.parametrize(
    ("host", "debug", "levels"),
    [
        ("https://api.stripe.com", False, []),
        ("http://127.0.0.1:8420", True, [Level.NOTE]),
        ("http://127.0.0.1:8420", False, [Level.BROKEN]),
    ],
)
def test_host_that_is_not_stripe(settings, host, debug, levels):
    settings.STRIPE_API_HOST, settings.DEBUG = host, debug

    assert [f.level for f in doctor.host()] == levels


def test_endpoint_that_is_missing_or_incomplete(settings, fake, url):
    create_endpoint("https://other.example.com/webhook/stripe")
    level, words = found(doctor.answers())["Webhook endpoint"]
    assert (level, url in words) == (Level.BROKEN, True)

    key = create_endpoint(url, [e for e in EVENTS if e != "invoice.paid"])
    told = [f for f in doctor.answers() if f.subject == "Webhook endpoint"]
    assert told[0].level == Level.BROKEN
    assert "Does not get invoice.paid:" in told[0].words

    stripe.client().v1.webhook_endpoints.update(key, {"disabled": True})
    level, words = found(doctor.answers())["Webhook endpoint"]
    assert (level, "Switched off" in words) == (Level.BROKEN, True)


def test_endpoint_that_gets_everything_in_another_version(settings, fake, url):
    create_endpoint(url, ["*"])
    settings.STRIPE_API_VERSION = "2025-03-31.basil"

    first, second = (f for f in doctor.answers() if f.subject == "Webhook endpoint")

    assert (first.level, second.level) == (Level.OK, Level.NOTE)
    assert "2025-03-31.basil" in second.words


@pytest.mark.parametrize(
    ("seconds", "level", "word"),
    [
        (0, Level.OK, "Goes"),
        (100, Level.NOTE, "behind"),
        (-100, Level.NOTE, "ahead of"),
        (300, Level.BROKEN, "behind"),
        (-300, Level.BROKEN, "ahead of"),
    ],
)
def test_clock(seconds, level, word):
    [finding] = doctor.clock(datetime.now(UTC) + timedelta(seconds=seconds))

    assert (finding.level, word in finding.words) == (level, True)


def test_answer_without_a_time():
    assert [f.level for f in doctor.clock(None)] == [Level.NOTE]


def test_catalog(fake, webhook, prices):
    unsold = stripe.create_product({"name": "Forgotten"})
    keyless = stripe.create_product({"name": "Keyless"})
    stripe.create_price(
        {
            "product": keyless,
            "currency": "usd",
            "unit_amount": 100,
            "recurring": {"interval": "month"},
        }
    )
    webhook.deliver()

    told = [f.words for f in doctor.catalog()]

    assert told[0] == "3 for sale."
    assert told[1].startswith(f"Forgotten ({unsold}) has no active recurring price")
    assert told[2].startswith(f"Keyless ({keyless}) has no metadata `plan`")
    assert len(told) == 3

    Product.objects.all().delete()
    [finding] = doctor.catalog()
    assert finding.words.startswith("None is for sale")


def test_failed_deliveries_are_counted(webhook, prices):
    event = webhook.pending()[0]
    assert list(doctor.desk()) == []

    with receiving(event["type"], fail):
        webhook.post(event)

    [finding] = doctor.desk()
    assert finding.words.startswith("1 failed")
