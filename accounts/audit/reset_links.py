"""Notes the links of mails that do not open an account any more, or never did."""

from allauth.account.forms import EmailAwarePasswordResetTokenGenerator

from accounts.audit.rows import record
from accounts.models import User


class ResetTokenGenerator(EmailAwarePasswordResetTokenGenerator):
    def check_token(self, user: User | None, token: str | None) -> bool:
        is_right = super().check_token(user, token)
        if not is_right:
            record("code.rejected", user=user, factor="reset_link")
        return is_right
