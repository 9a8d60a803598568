"""Chapter: whose data it is."""

from dev.tour import accounts
from dev.tour.client import Surprise, Traveller, chapter, say


def visit(owner: Traveller) -> str:
    """Every route of workspaces; returns the id of a workspace that is left enabled."""
    chapter("2. Workspaces")
    name = accounts.a_name()
    answer = owner.call("POST", "workspaces", {"name": name.title()}, expect=201)
    workspace = f"workspaces/{answer['id']}"
    owner.call("GET", "workspaces", expect=200)
    owner.call("GET", workspace, expect=200)
    owner.call("PATCH", workspace, {"name": "Walkers"}, expect=200)
    owner.call("PATCH", workspace, {"name": ""}, expect=400, code="blank")

    say("Somebody else does not even learn that it exists.")
    stranger = owner.another()
    accounts.register(stranger, accounts.a_name())
    stranger.call("GET", workspace, expect=404, code="not_found")
    stranger.call("DELETE", workspace, expect=404, code="not_found")

    say("Members: the owner is one, and cannot leave.")
    members = owner.call("GET", f"{workspace}/members", expect=200)["results"]
    me = f"{workspace}/members/{members[0]['id']}"
    owner.call("PATCH", me, {"role": "member"}, expect=409)
    owner.call("DELETE", me, expect=409)
    owner.call("POST", f"{workspace}/leave", expect=409, code="owner_cannot_leave")

    say("It can be handed to another member, and to nobody else.")
    heir = {"member": members[0]["id"]}
    owner.call(
        "POST", f"{workspace}/transfer", heir, expect=409, code="already_the_owner"
    )
    stranger.call("POST", f"{workspace}/transfer", heir, expect=404)

    say("Disabled means disabled, at once; reading it and enabling it stay open.")
    reason = {"reason": "Out for a walk."}
    owner.call("POST", f"{workspace}/disable", reason, expect=200)
    owner.call("GET", workspace, expect=200)
    refused = owner.call(
        "GET", f"{workspace}/members", expect=403, code="workspace_disabled"
    )
    if "Out for a walk." not in refused.raw.decode():
        raise Surprise("the refusal does not give the reason")
    owner.call("POST", f"{workspace}/enable", expect=200)
    owner.call("GET", f"{workspace}/members", expect=200)

    say("A workspace can be deleted.")
    spare = owner.call("POST", "workspaces", {"name": "Spare"}, expect=201)["id"]
    owner.call("DELETE", f"workspaces/{spare}", expect=204)
    owner.call("GET", f"workspaces/{spare}", expect=404)
    return answer["id"]
