"""Fields that the forms of protocols and questionnaires in the making share."""

import re
from typing import Any

import yaml
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from intake.domain.reading import Evidence, canonical
from intake.management.packed_files import from_text

EVIDENCE_CHOICES = [
    (Evidence.VERIFIED.value, gettext_lazy("verified: read in the source")),
    (Evidence.VERIFIED_SECONDARY.value, gettext_lazy("verified, secondary: read in an extract")),
    (Evidence.UNVERIFIED.value, gettext_lazy("unverified: known in the trade, not read in a source")),
    (Evidence.PROPOSAL.value, gettext_lazy("proposal: our own choice, within what the sources allow")),
]


class LongText(forms.CharField):
    """Text of several lines."""

    def __init__(self, *, rows: int = 3, code: bool = False, **kwargs: Any) -> None:
        """`code` says that it is written in a language of its own, so that nobody corrects its spelling."""
        shape = {"rows": rows, "class": "vLargeTextField"}
        if code:
            shape |= {"class": "vLargeTextField govern-code", "spellcheck": "false", "autocapitalize": "off"}
        super().__init__(widget=forms.Textarea(attrs=shape), **kwargs)


class YamlField(LongText):
    """A part of the content, as it stands in a content file."""

    def __init__(self, *, shape: type, **kwargs: Any) -> None:
        super().__init__(code=True, **kwargs)
        self.shape = shape

    def prepare_value(self, value: Any) -> Any:
        """Content as text; what was typed stays as it is."""
        return value if isinstance(value, str) else written(value)

    def clean(self, value: Any) -> Any:
        """Text as content."""
        text = super().clean(value)
        if not text:
            return self.shape()
        try:
            content = from_text(text)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            where = _("line %(line)s") % {"line": mark.line + 1} if mark else _("somewhere")
            raise forms.ValidationError(
                _("This cannot be read, at %(where)s: mind the indentation, the colons and the brackets.")
                % {"where": where}
            ) from error
        if not isinstance(content, self.shape):
            raise forms.ValidationError(
                _("This has another shape than what stood here. Keep the keys that were there.")
            )
        return canonical(content)


def written(content: Any) -> str:
    """Content as it stands in a content file."""
    return (
        yaml.dump(content, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=100) if content else ""
    )


class CodesField(forms.CharField):
    """Codes, with a space between them."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"class": "vTextField", "spellcheck": "false", "autocapitalize": "off"})
        super().__init__(widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Codes as text; what was typed stays as it is."""
        return " ".join(map(str, value)) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> Any:
        """Text as codes."""
        return super().clean(value).replace(",", " ").split()


class WeeksField(CodesField):
    """Numbers of weeks, with a space between them."""

    def clean(self, value: Any) -> list[int]:
        """Text as whole numbers."""
        found = super().clean(value)
        wrong = next((one for one in found if not re.fullmatch(r"\d{1,3}", one)), None)
        if wrong:
            raise forms.ValidationError(_("'%(word)s' is not a number of weeks.") % {"word": wrong})
        return [int(one) for one in found]


class ConditionField(LongText):
    """A condition, on as many lines as somebody likes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(code=True, **kwargs)

    def clean(self, value: Any) -> str:
        """The condition on one line."""
        return " ".join(super().clean(value).split())


def code_field() -> forms.Field:
    """The code of something new."""
    return forms.RegexField(
        r"^[a-z][a-z0-9_]*\Z",
        label=_("Code"),
        max_length=80,
        help_text=_("Small letters, digits and _. Rules and templates know it by its code, which stays."),
        error_messages={"invalid": _("A code has small letters, digits and _, and begins with a letter.")},
        widget=forms.TextInput(attrs={"class": "vTextField", "spellcheck": "false", "autocapitalize": "off"}),
    )
