"""The card form of the checkout and portal pages: what was typed, and what is wrong."""

from dataclasses import dataclass, field

from fakestripe.pages.render import Html, part
from fakestripe.resources import cards
from fakestripe.resources.cards import Card
from fakestripe.wire.fields import EMAIL

LONGEST = 200


@dataclass
class CardForm:
    """`errors` by field; `general` is the answer of the bank."""

    number: str = ""
    expiry: str = ""
    cvc: str = ""
    name: str = ""
    email: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    general: str = ""

    @classmethod
    def read(cls, form: dict[str, object]) -> "CardForm":
        names = ("number", "expiry", "cvc", "name", "email")
        values = {name: form.get(name, "") for name in names}
        return cls(**{k: v.strip() for k, v in values.items() if isinstance(v, str)})

    def kept(self) -> dict[str, str]:
        """What `read` takes again later; not the security code."""
        names = ("number", "expiry", "name", "email")
        return {name: getattr(self, name) for name in names}

    def check(
        self, now: int, *, wants_email: bool = False, wants_card: bool = True
    ) -> None:
        problems: dict[str, str | None] = {}
        if wants_card:
            problems = {
                "number": cards.problem_with_number(self.number),
                "expiry": cards.problem_with_expiry(self.expiry, now),
                "cvc": cards.problem_with_cvc(self.cvc, self.number),
                "name": None if self.name else "Enter the name on the card.",
            }
        if wants_email:
            problems["email"] = problem_with_email(self.email)
        for name in ("name", "email"):
            if len(getattr(self, name)) > LONGEST:
                problems[name] = f"Use at most {LONGEST} characters."
        self.errors = {name: text for name, text in problems.items() if text}

    @property
    def card(self) -> Card:
        return cards.CARDS[cards.digits(self.number)]

    @property
    def expires(self) -> tuple[int, int] | None:
        return cards.read_expiry(self.expiry)

    def fields(self) -> Html:
        """The inputs. The security code has to be typed again each time."""
        return part(
            "card_fields.html",
            number=self.number,
            expiry=self.expiry,
            name=self.name,
            number_error=self.error("number"),
            expiry_error=self.error("expiry"),
            cvc_error=self.error("cvc"),
            name_error=self.error("name"),
            number_state=self.state("number"),
            expiry_state=self.state("expiry"),
            cvc_state=self.state("cvc"),
            name_state=self.state("name"),
        )

    def error(self, name: str) -> Html:
        text = self.errors.get(name)
        return part("field_error.html", name=name, text=text) if text else Html("")

    def state(self, name: str) -> Html:
        if name not in self.errors:
            return Html("")
        return Html(f'aria-invalid="true" aria-describedby="{name}-error"')

    def alert(self) -> Html:
        return part("alert.html", text=self.general) if self.general else Html("")


def problem_with_email(text: str) -> str | None:
    if not text:
        return "Enter your email address."
    if not EMAIL.match(text):
        return "Your email address is incomplete."
    return None
