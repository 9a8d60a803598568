"""Who the customer is: the name and the address for the invoices."""

from http import HTTPStatus
from typing import TYPE_CHECKING

from fakestripe.pages.card_form import LONGEST, problem_with_email
from fakestripe.pages.portal import frame
from fakestripe.pages.render import NOTHING, Html, Response, joined, page, part
from fakestripe.resources import customers
from fakestripe.state.store import Object

if TYPE_CHECKING:
    from fakestripe.world import World

FEATURE = "customer_update"
LABELS = {"name": "Name", "email": "Email"}


def ask(world: "World", token: str) -> Response:
    session = frame.session_of(world, token, wants=FEATURE)
    customer = world.get("customer", session["customer"])
    values = {name: customer[name] or "" for name in _allowed(world, session)}
    return _page(session, values, {})


def change(world: "World", token: str, typed: dict[str, object]) -> Response:
    session = frame.session_of(world, token, wants=FEATURE)
    names = _allowed(world, session)
    given = {name: typed.get(name, "") for name in names}
    values = {n: v.strip() if isinstance(v, str) else "" for n, v in given.items()}
    problems = {name: _problem(name, value) for name, value in values.items()}
    wrong = {name: text for name, text in problems.items() if text}
    if wrong:
        return _page(session, values, wrong)
    params = {name: value or None for name, value in values.items()}
    customers.update(world, params, session["customer"])
    return frame.home(session)


def _allowed(world: "World", session: Object) -> list[str]:
    allowed = frame.features(world, session)[FEATURE]["allowed_updates"]
    return [name for name in LABELS if name in allowed]


def _problem(name: str, value: str) -> str | None:
    if len(value) > LONGEST:
        return f"Use at most {LONGEST} characters."
    return problem_with_email(value) if name == "email" else None


def _page(
    session: Object, values: dict[str, str], problems: dict[str, str]
) -> Response:
    return page(
        "portal_details_form.html",
        title="Billing information",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        action=f"{frame.path(session)}/details",
        back=frame.to_home(session),
        fields=joined([_field(n, v, problems.get(n)) for n, v in values.items()]),
    )


def _field(name: str, value: str, problem: str | None) -> Html:
    error, state = NOTHING, NOTHING
    if problem:
        error = part("field_error.html", name=name, text=problem)
        state = Html(f'aria-invalid="true" aria-describedby="{name}-error"')
    return part(
        "portal_field.html",
        error=error,
        label=LABELS[name],
        name=name,
        state=state,
        value=value,
    )
