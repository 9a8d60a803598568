"""What can be done to payments, disputes and customers, in place of other people."""

from typing import TYPE_CHECKING

from fakestripe.pages.render import Response, redirect
from fakestripe.resources import disputes, portal, refunds

if TYPE_CHECKING:
    from fakestripe.world import World


def open_portal(world: "World", id_: str) -> Response:
    """As the customer would see it, coming from the site."""
    params = {"customer": id_, "return_url": f"{world.base_url}/dashboard/customers"}
    return redirect(portal.create(world, params)["url"])


def refund(world: "World", id_: str) -> Response:
    refunds.create(world, {"charge": id_})
    return redirect("/dashboard/payments")


def dispute(world: "World", id_: str) -> Response:
    disputes.open_by_hand(world, world.get("charge", id_), "fraudulent")
    return redirect("/dashboard/disputes")


def win(world: "World", id_: str) -> Response:
    disputes.decide_by_hand(world, id_, is_won=True)
    return redirect("/dashboard/disputes")


def lose(world: "World", id_: str) -> Response:
    disputes.decide_by_hand(world, id_, is_won=False)
    return redirect("/dashboard/disputes")
