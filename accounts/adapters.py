"""How allauth behaves here: overrides of its documented adapters.

Each closes a hole that was observed in allauth 65.21 (an oracle, a race, a link built from
the Host header); its test fails when allauth closes it itself, and then it can go.
"""

import logging
from ipaddress import ip_address
from typing import Any, NoReturn
from urllib.parse import quote

from allauth.account.internal.stagekit import clear_login
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from allauth.headless.adapter import DefaultHeadlessAdapter
from allauth.mfa.models import Authenticator
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import password_validation
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.audit.adapters import AuditedAccountAdapter, AuditedMFAAdapter
from accounts.emails import product_context, send_later, with_links
from accounts.errors import SecondFactorUnreadable
from accounts.login.attempts import give_back, lift_lock, spend_password, spend_resend
from accounts.login.proofs import (
    SIGN_IN_AGAIN,
    has_just_signed_in,
    has_nothing_to_enter,
    way_to_sign_in_again,
)
from accounts.models import User, normalize_email
from accounts.providers.connections import connections_of, forget_unproved_connections
from accounts.sealing import BrokenSeal, seal, unseal
from accounts.sessions import ENDED_BY_USER, note_end, revoke_logins_behind
from accounts.sessions.devices import in_words

logger = logging.getLogger(__name__)


class AccountAdapter(AuditedAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return settings.SIGNUP_OPEN

    def clean_email(self, email: str) -> str:
        return normalize_email(email)

    def get_login_stages(self) -> list[str]:
        of_codes, *others = super().get_login_stages()
        # In its place, for a login by code begins in the middle of it.
        if of_codes != "allauth.account.stages.LoginByCodeStage":
            raise ImproperlyConfigured(f"allauth begins with {of_codes} now.")
        stages = [
            "accounts.login.stages.BeginStage",
            *others,
            "accounts.login.stages.RecheckStage",
        ]
        of_address = "allauth.account.stages.EmailVerificationStage"
        stages[stages.index(of_address)] = "accounts.login.stages.VerifyStage"
        return stages

    def respond_email_verification_sent(
        self, request: HttpRequest, user: User | None
    ) -> HttpResponseBase:
        if user is None:
            # A taken address creates no user; without this its answer would come sooner
            # by the time of one hash, and tell that it is taken.
            make_password("equal-time")
        return super().respond_email_verification_sent(request, user)

    def generate_email_verification_code(self) -> str:
        spend_resend(self.request.session)
        return super().generate_email_verification_code()

    def set_password(self, user: User, password: str) -> None:
        """Compare and swap, so one reset key or old password wins once, also in parallel."""
        known = user.password
        user.set_password(password)
        changed = User.objects.filter(pk=user.pk, password=known).update(
            password=user.password
        )
        if not changed:
            self._lose_race("The password was changed in the meantime. Start again.")
        password_validation.password_changed(password, user)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        try:
            with transaction.atomic():
                forget_unproved_connections(request, email_address.user)
                confirmed = super().confirm_email(request, email_address)
        except IntegrityError:
            confirmed = False
        if not confirmed:
            self._lose_race("This address belongs to another account.")
        return True

    def _lose_race(self, message: str) -> NoReturn:
        """Answer 409: a plain refusal becomes a 500 in allauth.headless."""
        request = context.request
        if hasattr(request.allauth, "headless"):
            raise ImmediateHttpResponse(HttpResponse(status=409))
        messages.error(request, message)
        if request.user.is_authenticated:
            raise ImmediateHttpResponse(redirect("account_email"))
        # Or the page of logins would send them on to a code that is used up, and that back.
        clear_login(request)
        raise ImmediateHttpResponse(redirect("account_login"))

    def send_mail(
        self, template_prefix: str, email: str, context: dict[str, Any]
    ) -> None:
        values = {**product_context(), "email": email, **context}
        message = self.render_mail(template_prefix, email, values)
        if not message.alternatives:
            body = with_links(message.body, values)
            values |= {"subject": message.subject, "body": body}
            html = render_to_string("account/email/message.html", values)
            message.attach_alternative(html, "text/html")
        send_later(message)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        told = dict(context or {})
        if template_prefix == "account/email/password_reset":
            # Whoever resets because somebody else got in is told of the doors that stay.
            told["connections"] = connections_of(user)
        super().send_notification_mail(template_prefix, user, told, email)

    def add_message(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        # What waits for a commit may run when the bridge is done: the API shows no messages.
        if hasattr(request, "_messages"):
            super().add_message(request, *args, **kwargs)

    def get_client_ip(self, request: HttpRequest) -> str:
        try:
            ip = ip_address(super().get_client_ip(request))
        except ImproperlyConfigured as e:
            # Fewer hops than our proxies add: it came past them.
            raise PermissionDenied("This request did not pass the proxies.") from e
        # A socket for both families writes IPv4 as IPv6: all of it would be one network.
        return str(getattr(ip, "ipv4_mapped", None) or ip)

    def get_http_user_agent(self, request: HttpRequest) -> str:
        """For the mails alone: in our words, for the header is free text of a stranger."""
        return in_words(request.META.get("HTTP_USER_AGENT", ""))

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Counts nothing: `authenticate` has. allauth's key holds the Host header, whose
        port a client may vary freely, and its answer on a page is no 429."""

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        tries = spend_password(request, credentials.get("email", ""))
        user = super().authenticate(request, **credentials)
        if user is not None:
            give_back(tries)
        return user

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """
        Raises:
            ReauthenticationRequired: of who has nothing to enter, which allauth lets pass.
        """
        request = context.request
        if has_nothing_to_enter(request.user) and not has_just_signed_in(request):
            self.add_message(request, messages.WARNING, message=SIGN_IN_AGAIN)
            raise ReauthenticationRequired
        return super().is_reauthentication_required(app=app, **kwargs)

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        if has_nothing_to_enter(user):
            return [way_to_sign_in_again()]
        return super().get_reauthentication_methods(user)

    def _delete_login_attempts_cached_email(
        self, request: HttpRequest, *, email: str
    ) -> None:
        lift_lock(email)  # called for each address of who has reset their password


class HeadlessAdapter(DefaultHeadlessAdapter):
    def get_frontend_url(self, urlname: str, **kwargs: str) -> str:
        """The link for a mail: never from the Host header, which the sender chooses.

        `settings.FRONTEND_URLS` names a page of a separate frontend by the name of ours,
        with `{key}` where the key belongs.
        """
        template = settings.FRONTEND_URLS.get(urlname)
        if template:
            for name, value in kwargs.items():
                template = template.replace(f"{{{name}}}", quote(value))
            return template
        if urlname == "account_reset_password_from_key":
            uid, _, key = kwargs["key"].partition("-")
            kwargs = {"uidb36": uid, "key": key}
        return settings.BASE_URL + reverse(urlname, kwargs=kwargs)


class SessionsAdapter(DefaultUserSessionsAdapter):
    def end_sessions(self, sessions: list[UserSession]) -> None:
        sessions = list(sessions)
        revoke_logins_behind((s.session_key for s in sessions), ENDED_BY_USER)
        super().end_sessions(sessions)
        for session in sessions:
            note_end(session.user_id, ENDED_BY_USER)


class MFAAdapter(AuditedMFAAdapter):
    def get_totp_issuer(self) -> str:
        return settings.PRODUCT_NAME

    def generate_authenticator_name(self, user: User, type: str) -> str:
        """Of a passkey, until its owner gives it another."""
        count = Authenticator.objects.filter(user=user, type=type).count()
        return f"Passkey {count + 1}" if count else "Passkey"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        # allauth takes the Host header, which whoever asks may choose.
        return {"id": settings.PASSKEY_DOMAIN, "name": settings.PRODUCT_NAME}

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return unseal(encrypted_text)
        except BrokenSeal as e:
            logger.exception("second_factor_unreadable")
            raise SecondFactorUnreadable from e
