"""Says in words what a login was made with, read from the User-Agent header.

For people who look for the login that is not theirs: a rough name, not a detection.
"""

import re

# The first that is found names it: the later ones hide in the texts of the earlier ones.
BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "CriOS/": "Chrome",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": "Mac",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}
UNKNOWN = "Unknown device"
# `curl/8.5.0`, `python-requests/2.32`: a program that names itself (RFC 9110, 10.1.5).
# Without dots: readers of mail make a link of `evil.example`.
PROGRAM = re.compile(r"([A-Za-z][\w+-]{0,39})(/|\s|\Z)", re.ASCII)


def in_words(user_agent: str) -> str:
    """ "Firefox on Windows", "curl", or `UNKNOWN`; never more than one short line."""
    if not user_agent.startswith("Mozilla/"):
        program = PROGRAM.match(user_agent)
        return program[1] if program else UNKNOWN
    browser = _first(BROWSERS, user_agent)
    system = _first(SYSTEMS, user_agent)
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or UNKNOWN


def _first(names: dict[str, str], text: str) -> str | None:
    return next((name for mark, name in names.items() if mark in text), None)
