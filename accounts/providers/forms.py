"""The form of the page of connections."""

from allauth.account.internal.flows import reauthentication
from allauth.socialaccount import forms
from django.contrib import messages

from accounts.providers.connections import disconnect, name_of


class DisconnectForm(forms.DisconnectForm):
    def save(self) -> None:
        """Ours, which knows of providers that are switched off: allauth finds none.

        Raises:
            ReauthenticationRequired: the last proof is too old.
            LastWayIn: as `disconnect` says.
        """
        reauthentication.raise_if_reauthentication_required(
            self.request, app="allauth.socialaccount"
        )
        account = self.cleaned_data["account"]
        disconnect(account)
        messages.info(self.request, f"{name_of(account)} was disconnected.")
