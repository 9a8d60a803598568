"""Where `make run` listens: the ports, the URLs that follow from them, the welcome."""

import os
import urllib.error
import urllib.request
from dataclasses import dataclass

from dev.errors import Refused
from dev.processes import HOST, free_port, is_free, wait_until

PORT = 8000
STRIPE_DISTANCE = 420  # so 8420 by default, and two checkouts never want the same one
# A server that was killed a moment ago may need that long to give up its port.
PATIENCE_SECONDS = 2


@dataclass(frozen=True)
class Addresses:
    """`stripe_port` is None where the environment names a Stripe that is not ours."""

    port: int
    stripe_port: int | None

    @classmethod
    def choose(cls) -> "Addresses":
        """From PORT, and from whether a host or a key of a real Stripe is given.

        Raises:
            Refused: PORT is no port, or somebody listens there.
        """
        text = os.environ.get("PORT") or str(PORT)
        if not text.isdecimal() or not 1 <= int(text) <= 65535:
            raise Refused(f"PORT={text} is no port: give a number from 1 to 65535.")
        port = int(text)
        if not wait_until(lambda: is_free(port), PATIENCE_SECONDS):
            raise Refused(
                f"Port {port} is taken: something else listens on {HOST}:{port}, or it "
                f"may not be used. Take another one: PORT={free_port()} make run"
            )
        if os.environ.get("STRIPE_API_HOST") or os.environ.get("STRIPE_SECRET_KEY"):
            return cls(port, None)
        wanted = port + STRIPE_DISTANCE
        usable = wanted <= 65535 and is_free(wanted)
        return cls(port, wanted if usable else free_port())

    @property
    def site(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def stripe(self) -> str:
        return f"http://{HOST}:{self.stripe_port}"

    def export(self) -> None:
        """Tell the processes that are started from here, where nobody said otherwise."""
        values = {"BASE_URL": self.site, "PORT": str(self.port)}
        if self.stripe_port is not None:
            values["STRIPE_API_HOST"] = self.stripe
            values["STRIPE_WEBHOOK_SECRETS"] = "whsec_development_only"
        for name, value in values.items():
            if not os.environ.get(name):
                os.environ[name] = value

    def stripe_command(self, data: str) -> list[str]:
        """Offline Stripe, which keeps its state in the file `data`."""
        secret = os.environ["STRIPE_WEBHOOK_SECRETS"].split(",")[0].strip()
        return [
            *("-m", "fakestripe", "--port", str(self.stripe_port), "--data", data),
            *("--webhook", f"{self.site}/webhook/stripe", "--secret", secret),
        ]

    def stripe_answers(self) -> bool:
        return answers(self.stripe)

    def site_answers(self) -> bool:
        return answers(f"{self.site}/health/live")

    def welcome(self, logins: str) -> str:
        """What to open and, in the words of `dev.demo`, who to sign in as."""
        # Where its links lead to: somebody may want localhost, for passkeys.
        site = os.environ.get("BASE_URL", self.site).rstrip("/")
        lines = [
            "Ready. Ctrl-C stops everything; the data is kept in .data/.",
            "",
            "Open",
            f"  {site}/              the site",
            f"  {site}/docs          the API, to read and to try",
            f"  {site}/admin/        the admin, for staff",
            f"  {site}/dev/mailbox   every mail it sends",
        ]
        if self.stripe_port is not None:
            lines.append(f"  {self.stripe}/              the offline Stripe")
        return "\n".join(["", *lines, "", logins, ""])


def answers(url: str) -> bool:
    """Whether something speaks HTTP there, whatever it says."""
    try:
        # Directly: a proxy of the environment knows nothing of this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
