"""The page of one's own profile; the other account pages are allauth's."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpResponse
from django.urls import reverse_lazy
from django.views.generic import FormView

from accounts import actions
from accounts.models import User
from accounts.validators import timezones


class ProfileForm(forms.ModelForm):
    locale = forms.ChoiceField(label="Language", choices=settings.LANGUAGES)
    timezone = forms.ChoiceField(
        label="Time zone",
        choices=lambda: [(name, name) for name in sorted(timezones())],
    )

    class Meta:
        model = User
        fields = actions.SETTINGS
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
