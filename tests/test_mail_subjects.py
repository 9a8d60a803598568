"""The subjects of all mails are in one style: a sentence, as a person would write it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.template.loader import get_template

from saas.settings import BASE_DIR

MARKUP = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.S)


def names() -> Iterator[str]:
    """`account/email/password_changed_subject.txt`, those of libraries too."""
    folders = [BASE_DIR, *(Path(app.path) for app in apps.get_app_configs())]
    for folder in folders:
        for file in (folder / "templates").glob("*/email/*_subject.txt"):
            yield str(file.relative_to(folder / "templates"))


@pytest.mark.parametrize("name", sorted(set(names())))
def test_subject_is_a_sentence(name: str) -> None:
    source = get_template(name).template.source
    told = " ".join(MARKUP.sub("x", source).split())

    assert told, "no subject"
    # The first word, or a value, begins it; no Other Word Is Written Like This.
    assert not re.search(r" [A-Z][a-z]", told), told
    assert not told.endswith("."), told
