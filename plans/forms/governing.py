"""The small forms of a version in the making: a file to bring in, what to take over, what should be otherwise."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from intake.management.packed_files import LARGEST_INSTRUMENT
from intake.models import QuestionnaireVersion
from plans.forms.fields import LongText


class FileForm(forms.Form):
    """A protocol in a file: the folder of its content files, packed."""

    no_file = gettext_lazy("This is no packed folder of content files: %(why)s")
    unfit = gettext_lazy("The content cannot be read. What is wrong stands below; nothing was made.")
    file = forms.FileField(
        label=gettext_lazy("File"), help_text=gettext_lazy("A zip of the content files, as the export gives it.")
    )


class InstrumentFileForm(FileForm):
    """An instrument in a file: its one content file. `seen` tells which instrument it is to take the place of."""

    no_file = gettext_lazy("This is no content file of an instrument: %(why)s")
    unfit = gettext_lazy("This instrument cannot be used here. What is wrong stands below; nothing is saved.")
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("The content file of one instrument (.yaml), as its export gives it."),
        widget=forms.FileInput(attrs={"accept": ".yaml,.yml"}),
    )

    def clean_file(self) -> Any:
        """A file that is not larger than an instrument can be; it is not read here."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST_INSTRUMENT:
            words = _("This file is too large for an instrument: %(most)s kB at most.")
            raise forms.ValidationError(words % {"most": LARGEST_INSTRUMENT // 1000})
        return file


class TakeOverForm(forms.Form):
    """From which version of another questionnaire an instrument is taken over, and how both were when looked at."""

    other = forms.ModelChoiceField(queryset=QuestionnaireVersion.objects.exclude(status="retired"))
    seen = forms.CharField()
    theirs = forms.CharField()


class CommentForm(forms.Form):
    """What should be otherwise."""

    comment = LongText(label=gettext_lazy("What should be otherwise"), max_length=2000)
