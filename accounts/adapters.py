"""How allauth behaves here: overrides of its documented adapters."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.usersessions.adapter import DefaultUserSessionsAdapter


class AccountAdapter(DefaultAccountAdapter):
    pass


class SessionsAdapter(DefaultUserSessionsAdapter):
    pass
