"""The shape of what people enter about themselves."""

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _

from practice.domain.grants import Role
from practice.models import Staff
from practice.models.staff import ROLE_NAMES


class SignInForm(AuthenticationForm):
    """E-mail address and password. Capitals and spaces around the address do not matter."""

    username = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    error_messages = {
        "invalid_login": _("This e-mail address and password do not belong together. Check both and try again."),
        "inactive": _("This e-mail address and password do not belong together. Check both and try again."),
    }

    def clean_username(self) -> str:
        """One address is one person, whatever its capitals, also when wrong passwords are counted."""
        return self.cleaned_data["username"].lower()


class DemoSignInForm(forms.Form):
    """Which role to play in a demo."""

    role = forms.ChoiceField(choices=[(role.value, name) for role, name in ROLE_NAMES.items()])

    def clean_role(self) -> Role:
        """The role itself."""
        return Role(self.cleaned_data["role"])


class LanguageForm(forms.Form):
    """A language of the screens."""

    language = forms.ChoiceField(choices=settings.LANGUAGES)


class ProfileForm(forms.Form):
    """How somebody wants to see the screens."""

    language = forms.ChoiceField(
        label=_("Language"),
        choices=[("", _("as the browser")), *settings.LANGUAGES],
        required=False,
        widget=forms.RadioSelect,
    )
    colour_mode = forms.ChoiceField(
        label=_("Colours"), choices=Staff.colour_mode.field.choices, widget=forms.RadioSelect
    )
