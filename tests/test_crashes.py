"""Sentry hears of crashes, where there is a DSN, and of nothing that opens a door."""

import json

from tests.production import environment, run

DSN = "https://key@sentry.example.com/1"
CRASH = """
import json, django, sentry_sdk
django.setup()
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.test import RequestFactory
from sentry_sdk.transport import Transport

class Kept(Transport):
    def capture_envelope(self, envelope):
        if event := envelope.get_event():
            print("SENT " + json.dumps(event, default=str))

sentry_sdk.get_client().transport = Kept()
settings.ROOT_URLCONF = "tests.crashing_urls"
request = RequestFactory().get(
    "/accounts/crash/secret-1?next=secret-2",
    secure=True,
    headers={
        "host": "app.example.com",
        "x-forwarded-proto": "https",
        "referer": "https://app.example.com/accounts/crash/secret-3?a=secret-5",
        "user-agent": "a browser",
    },
)
answer = get_wsgi_application()(request.environ, lambda status, headers: None)
b"".join(answer)
sentry_sdk.add_breadcrumb(category="httplib", data={"http.query": "email=secret-4"})
sentry_sdk.capture_message("told")
"""


def test_sc_108_a_crash_is_reported_without_the_keys_of_links():
    env = environment(DJANGO_SETTINGS_MODULE="saas.settings", SENTRY_DSN=DSN)

    done = run("-c", CRASH, env=env)

    sent = [line for line in done.stdout.splitlines() if line.startswith("SENT ")]
    assert len(sent) == 2, done.stdout + done.stderr
    event, told = (json.loads(line.removeprefix("SENT ")) for line in sent)
    assert event["exception"]["values"][0]["type"] == "RuntimeError"
    assert event["request"]["url"] == "https://app.example.com/accounts/crash/***"
    assert event["request"]["headers"]["User-Agent"] == "a browser"
    assert told["breadcrumbs"]["values"][-1]["category"] == "httplib"
    assert "secret-" not in "".join(sent)
