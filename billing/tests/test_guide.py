"""docs/guides/billing.md says what the code does."""

import re
from pathlib import Path

from django.conf import settings

from billing.webhooks import EVENTS

GUIDE = Path(settings.BASE_DIR, "docs/guides/billing.md").read_text()
VARIABLES = Path(settings.BASE_DIR, ".env.example").read_text()


def test_guide_lists_the_events():
    listed = GUIDE.split("with these events:")[1].split("```")[1]

    assert sorted(listed.split()) == sorted(EVENTS)


def test_guide_names_the_version_and_the_settings():
    assert settings.STRIPE_API_VERSION in GUIDE
    for name in re.findall(r"\b(?:STRIPE|BILLING)_[A-Z_]+", GUIDE):
        assert hasattr(settings, name) or f"# {name}=" in VARIABLES, name
