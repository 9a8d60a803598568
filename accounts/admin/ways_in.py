"""What somebody signs in by besides a password, at the support desk: only to read."""

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin

from saas.admin import ReadOnly

# Providers are settings, and their tokens are not kept: nobody writes a secret there.
admin.site.unregister([SocialApp, SocialToken, SocialAccount])


@admin.register(SocialAccount)
class SocialAccountAdmin(ReadOnly, admin.ModelAdmin):
    """Connections to providers of logins; a row made by hand would let somebody in."""

    list_display = fields = ["user", "provider", "uid", "date_joined", "last_login"]
    list_filter = ["provider", "date_joined"]
    list_select_related = ["user"]
    search_fields = ["user__email", "uid"]
    ordering = ["-date_joined", "-pk"]


# allauth's own page shows the sealed secret in a box, to type over, and adds new ones.
admin.site.unregister(Authenticator)


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnly, admin.ModelAdmin):
    """Second factors. Support takes them away on the list of users, nobody makes one."""

    list_display = fields = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type", "created_at", "last_used_at"]
    list_select_related = ["user"]
    search_fields = ["user__email"]
    ordering = ["-created_at", "-pk"]
