"""An environment as production has it, and commands that run in it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Random once, used nowhere: complete and strong, as the settings ask.
GOOD = {
    "SECRET_KEY": "q7Tn2vXw9Lk4Rz8Yb1Mc6Hd3Jf5Gp0Ss-Ua_Ve.Wi!Ox?Ek~Nt#Qr%Zl",
    "JWT_SIGNING_KEYS": "3q2-7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs",
    "BASE_URL": "https://app.example.com",
    "ALLOWED_HOSTS": "app.example.com",
    "DATABASE_URL": "postgresql://app:kx83hq@db.example.com:5432/app",
    "REDIS_URL": "redis://:kx83hq@cache.example.com:6379/0",
    "STRIPE_SECRET_KEY": "sk_live_" + "a1B2c3D4" * 4,
    "STRIPE_WEBHOOK_SECRETS": "whsec_f6Gh7Jk8Lm9Np0Qr1St2Uv3Wx4Yz5",
    "EMAIL_URL": "smtp+tls://mailer:kx83hq@mail.example.com:587",
    "DEFAULT_FROM_EMAIL": "Example <hello@example.com>",
    "TRUSTED_PROXY_COUNT": "1",
}


def environment(**changes: str) -> dict[str, str]:
    """Of a process: what Python needs, nothing of the tests, and `GOOD` with `changes`.

    Every variable that the settings know is named, so that no `.env` fills one in.
    """
    unset = dict.fromkeys(known_variables(), "")
    kept = {k: os.environ[k] for k in ("PATH", "HOME", "LANG") if k in os.environ}
    return {**kept, **unset, **GOOD, **changes}


def known_variables() -> list[str]:
    """The names that `.env.example` explains."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    settings = [line.lstrip("# ") for line in lines if "=" in line]
    return [line.split("=")[0] for line in settings if line.split("=")[0].isupper()]


def run(*command: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run Python with these arguments in the checkout, and nothing but this environment."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
