"""The only module that calls allauth.headless, in process."""

from allauth.headless.tokens.strategies.sessions import SessionTokenStrategy


class TokenStrategy(SessionTokenStrategy):
    pass
