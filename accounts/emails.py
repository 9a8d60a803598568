"""Sends mail outside the request: what an answer says, and when, must not depend on SMTP."""

import json
import logging
import re
import smtplib
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils import timezone
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django_tasks import task

from accounts.sealing import seal, unseal

logger = logging.getLogger(__name__)

# Waits before each further attempt. The last failure stays visible in the admin, as a
# failed task.
RETRY_AFTER = [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120)]


def send_later(message: EmailMultiAlternatives) -> None:
    """Queue `message` once the transaction it belongs to is committed."""
    content = {
        "subject": message.subject,
        "body": message.body,
        "from_email": message.from_email,
        "to": message.to,
        "html": next((a.content for a in message.alternatives), None),
    }
    # Sealed, because codes and reset links would else be readable in the task table.
    sealed = seal(json.dumps(content))
    transaction.on_commit(lambda: deliver.enqueue(sealed))


@task()
def deliver(sealed: str, attempt: int = 0) -> None:
    """Send one mail, and on a failure of the network or server queue it again for later."""
    content = json.loads(unseal(sealed))
    html = content.pop("html")
    message = EmailMultiAlternatives(**content)
    if html:
        message.attach_alternative(html, "text/html")
    try:
        message.send()
    except (OSError, smtplib.SMTPException) as e:
        if attempt >= len(RETRY_AFTER) or not deliver.get_backend().supports_defer:
            raise
        logger.warning("mail_delayed", extra={"attempt": attempt, "error": repr(e)})
        later = deliver.using(run_after=timezone.now() + RETRY_AFTER[attempt])
        later.enqueue(sealed, attempt + 1)


def product_context() -> dict[str, str]:
    """What every mail template knows: `{"product_name", "base_url"}`."""
    return {"product_name": settings.PRODUCT_NAME, "base_url": settings.BASE_URL}


def with_links(text: str, context: dict[str, Any]) -> SafeString:
    """`text` as HTML. Links are the `*_url` of `context` and what is below BASE_URL.

    Nothing else that looks like an address: names in a mail may be those of strangers.
    """
    ours = {str(value) for name, value in context.items() if name.endswith("_url")}

    def html(word: str) -> str:
        if word in ours or word.startswith(f"{settings.BASE_URL}/"):
            return format_html('<a href="{0}">{0}</a>', word)
        return escape(word)

    words = re.split(r"(\s+)", text)
    return format_html_join("", "{}", ((html(word),) for word in words))
