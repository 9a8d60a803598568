"""A login once it is made, in the API and on pages, until it ends."""

from accounts.sessions.life import (
    ACCOUNT_DELETED,
    DEACTIVATED,
    ENDED_BY_STAFF,
    ENDED_BY_USER,
    LOGOUT,
    LOGOUT_ALL,
    PASSWORD_CHANGED,
    REFRESH_REUSED,
    end_all_sessions,
    end_other_sessions,
    end_page_sessions,
    end_session,
    note_end,
    refresh_session,
    revoke_logins_behind,
    start_session,
)

__all__ = [
    "ACCOUNT_DELETED",
    "DEACTIVATED",
    "ENDED_BY_STAFF",
    "ENDED_BY_USER",
    "LOGOUT",
    "LOGOUT_ALL",
    "PASSWORD_CHANGED",
    "REFRESH_REUSED",
    "end_all_sessions",
    "end_other_sessions",
    "end_page_sessions",
    "end_session",
    "note_end",
    "refresh_session",
    "revoke_logins_behind",
    "start_session",
]
