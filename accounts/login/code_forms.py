"""The forms of a login by code, for the pages and, as inputs, for the API."""

from allauth.account import forms
from allauth.account.adapter import get_adapter
from allauth.account.internal.stagekit import get_pending_stage, pop_login
from allauth.account.models import EmailAddress
from allauth.core import context
from django.conf import settings

from accounts.forms import PlainAddresses
from accounts.login.attempts import spend_code
from accounts.login.stages import BEGUN, state_of, still_holds
from accounts.login.waits import told_when
from accounts.models import normalize_email

ASKED = "login_code_asked_for"


class RequestCodeForm(PlainAddresses, forms.RequestLoginCodeForm):
    def clean_email(self) -> str:
        asked_for = self.cleaned_data["email"].lower()
        with told_when("request_login_code", asked_for):
            email = normalize_email(super().clean_email())
        # Whoever has registered an address that is not theirs knows its password. The owner
        # must not make it work by reading a code: for them it is an unknown one.
        proved = EmailAddress.objects.filter(
            user=self._user, email=email, verified=True
        )
        if self._user is not None and not proved.exists():
            self._user = None
        # Read before the code is sent: what it was sent for must hold when it comes back.
        pop_login(context.request)
        context.request.session[ASKED] = self._user and state_of(self._user)
        return email


class EnterCodeForm(forms.ConfirmLoginCodeForm):
    def clean_code(self) -> str:
        self._spend_attempt()
        # None is expected of a flow that only pretends.
        if not self.expected_code or not self._still_holds():
            raise get_adapter().validation_error("incorrect_code")
        return super().clean_code()

    def _still_holds(self) -> bool:
        """Whether the account is as it was when the code was sent, its address above all."""
        stage = get_pending_stage(context.request)
        user = stage.login.user
        if user is None:
            return False  # deleted meanwhile
        if not stage.state["initiated_by_user"]:  # the password came before
            return still_holds(stage.login.state[BEGUN], user)
        proved = EmailAddress.objects.filter(
            user=user, email=stage.state["email"], verified=True
        )
        begun = context.request.session.get(ASKED) or {}
        return still_holds(begun, user) and proved.exists()

    def _spend_attempt(self) -> None:
        request = context.request
        begun_at = get_pending_stage(request).state["at"]
        spend_code(
            f"login-code:{request.session.session_key}:{begun_at}",
            limit=settings.ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS,
            seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT,
        )
