"""The small forms of a version in the making: a file to bring in, what should be otherwise."""

from django import forms
from django.utils.translation import gettext_lazy

from plans.forms.fields import LongText


class FileForm(forms.Form):
    """A protocol in a file: the folder of its content files, packed."""

    file = forms.FileField(
        label=gettext_lazy("File"), help_text=gettext_lazy("A zip of the content files, as the export gives it.")
    )


class CommentForm(forms.Form):
    """What should be otherwise."""

    comment = LongText(label=gettext_lazy("What should be otherwise"), max_length=2000)
