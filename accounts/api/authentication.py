"""Bearer tokens for REST: one query, and every revocation bites on the next request."""

from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt import exceptions as simplejwt
from rest_framework_simplejwt.authentication import JWTAuthentication

from accounts.mfa.enrolment import check_enrolment
from accounts.models import AuthSession, User
from accounts.sessions.tokens import AccessToken


class BearerAuthentication(JWTAuthentication):
    """`Authorization: Bearer <access>`; `request.auth` becomes the AuthSession.

    Whoever has yet to set up a second factor gets no further than to that.
    """

    def authenticate(self, request: Request) -> tuple[User, AuthSession] | None:
        header = self.get_header(request)
        if header is None:
            return None
        try:
            raw = self.get_raw_token(header)
            if raw is None:
                return None
            token = AccessToken(raw)
        except (simplejwt.TokenError, simplejwt.AuthenticationFailed) as e:
            raise AuthenticationFailed(
                "The access token is not valid or has expired.", code="token_not_valid"
            ) from e
        session = (
            AuthSession.objects.select_related("user")
            .filter(pk=token.session_id, user_id=token.user_id)
            .first()
        )
        if session is None or not session.is_live(timezone.now()):
            raise AuthenticationFailed(
                "This login has ended. Sign in again.", code="session_expired"
            )
        check_enrolment(session.user, request.parser_context["view"])
        return session.user, session
