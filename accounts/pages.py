"""The pages of one's own profile and logins; the other account pages are allauth's."""

from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.generic import FormView, TemplateView, View

from accounts import actions, deletion, export, sessions
from accounts.errors import AccountInUse, LoginNotFound
from accounts.models import User
from accounts.sessions import logins
from accounts.validators import timezones


class ProfileForm(forms.ModelForm):
    timezone = forms.ChoiceField(
        label="Time zone",
        choices=lambda: [(name, name) for name in sorted(timezones())],
    )

    class Meta:
        model = User
        # Without the language, in which an API client may show itself: the pages have one.
        fields = [name for name in actions.SETTINGS if name != "locale"]
        labels = {"marketing_opt_in": "Send me news about the product"}


class ProfileView(LoginRequiredMixin, FormView):
    form_class = ProfileForm
    template_name = "accounts/profile.html"
    success_url = reverse_lazy("account_profile")

    def get_form_kwargs(self) -> dict:
        # A copy of the user, for a form that is refused has changed its instance.
        user = User.objects.get(pk=self.request.user.pk)
        return {**super().get_form_kwargs(), "instance": user}

    def form_valid(self, form: ProfileForm) -> HttpResponse:
        actions.change_settings(self.request.user, **form.cleaned_data)
        messages.success(self.request, "Your profile is saved.")
        return super().form_valid(form)


class SessionsView(LoginRequiredMixin, TemplateView):
    template_name = "accounts/sessions.html"

    def get_context_data(self, **kwargs: object) -> dict:
        key = self.request.session.session_key
        found = logins.logins_of(self.request.user, current_key=key)
        return super().get_context_data(logins=found, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        """End the login `end`, or without it all but this one."""
        if "end" in request.POST:
            self._end(request.POST["end"])
            messages.success(request, "That session has ended.")
        else:
            key = request.session.session_key
            sessions.end_other_sessions(request.user, sessions.ENDED_BY_USER, key)
            messages.success(request, "You are signed out everywhere else.")
        return redirect("account_sessions")

    def _end(self, login_id: str) -> None:
        try:
            logins.end_login(self.request.user, UUID(login_id))
        except (ValueError, LoginNotFound) as e:
            raise Http404 from e


@method_decorator(login_required, name="dispatch")
@method_decorator(reauthentication_required(app="allauth.account"), name="dispatch")
class DeleteAccountView(TemplateView):
    """Says what stands in the way, or asks a last time; both after the password."""

    template_name = "accounts/delete.html"

    def get_context_data(self, **kwargs: object) -> dict:
        user = self.request.user
        found = deletion.blockers(user, by=user)
        return super().get_context_data(blockers=found, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            deletion.delete_account(request.user, by=request.user)
        except AccountInUse:
            return redirect("account_delete")  # which lists the reasons
        logout(request)
        messages.success(request, "Your account is deleted.")
        return redirect("home")


class ExportView(LoginRequiredMixin, View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return JsonResponse(
            export.everything_about(request.user),
            headers=export.AS_A_FILE,
            json_dumps_params={"indent": 2},
        )
