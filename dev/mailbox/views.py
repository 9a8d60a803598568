"""The pages of the mailbox. What is in a mail is foreign: it is escaped or locked in."""

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from dev.mailbox import store
from dev.mailbox.store import Mail

# A mail may look as it likes inside its frame, but loads and runs nothing.
LOCKED_IN = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "img-src": ["data:"],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}


@require_safe
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    to = request.GET.get("to", "")
    context = {"mails": list(store.newest(to)), "to": to}
    return render(request, "mailbox/index.html", context)


@require_safe
def detail(request: HttpRequest, mail_id: str) -> HttpResponse:
    return render(request, "mailbox/detail.html", {"mail": _get(mail_id)})


@require_safe
@csp(LOCKED_IN)
@xframe_options_sameorigin
def html(request: HttpRequest, mail_id: str) -> HttpResponse:
    """The HTML part alone, for the frame. Its links open beside the mailbox."""
    return HttpResponse('<base target="_blank">' + _get(mail_id).html)


@require_safe
@never_cache
def as_json(request: HttpRequest) -> HttpResponse:
    """For scripts: `{"results": [{"id", "to", "subject", "text", ...}]}`, newest first."""
    mails = store.newest(request.GET.get("to", ""))
    return JsonResponse({"results": [_as_dict(mail) for mail in mails]})


def _as_dict(mail: Mail) -> dict[str, object]:
    return {
        "id": mail.id,
        "sent_at": mail.sent_at.isoformat(),
        "from": mail.sender,
        "to": mail.to,
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
    }


def _get(mail_id: str) -> Mail:
    mail = store.find(mail_id)
    if mail is None:
        raise Http404
    return mail
