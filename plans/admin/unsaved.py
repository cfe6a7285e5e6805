"""What somebody typed for a part that cannot be saved any more: kept on a page of its own, to be copied."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.forms import Field
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from intake.models import QuestionnaireVersion
from plans.actions.making import ChangedMeanwhile
from plans.forms.asking import LANGUAGES
from plans.models import ProtocolVersion

NOT_TYPED = re.compile(r"csrfmiddlewaretoken|seen|rows|.+-\d+-code|.+-(TOTAL|INITIAL|MIN_NUM|MAX_NUM)_FORMS")
NO_DRAFT = gettext_lazy("This version is no draft any more, so nothing is saved. Make a draft of it to go on.")
REMOVALS = ["question_removed", "rule_retired"]


@dataclass(frozen=True, slots=True)
class Typed:
    """One field with what was typed in it; `language` where it is in one of both."""

    label: str
    text: str
    language: str = ""


def labels_of(fields: Mapping[str, Field]) -> dict[str, str]:
    """What each field is called."""
    return {name: str(field.label) for name, field in fields.items()}


def unsaved(data: QueryDict, labels: Mapping[str, str]) -> list[Typed]:
    """Everything that was sent and is not empty, each under what its field is called."""
    return [
        _typed(name, ", ".join(values), labels)
        for name, values in data.lists()
        if not NOT_TYPED.fullmatch(name) and any(one.strip() for one in values)
    ]


def _typed(name: str, text: str, labels: Mapping[str, str]) -> Typed:
    stem, _underscore, language = name.rpartition("_")
    if language not in LANGUAGES:
        return Typed(labels.get(name, name), text)
    if name in labels:
        return Typed(labels[name], text, language)
    words = {"what": _label(stem, labels), "language": LANGUAGES[language]}
    return Typed(_("%(what)s, %(language)s") % words, text, language)


def _label(name: str, labels: Mapping[str, str]) -> str:
    """What a field in both languages is called; those of choices belong to one question only."""
    for start, words in (("choice_", _("Choice %(code)s")), ("plain_", _("Choice %(code)s in plain words"))):
        if name.startswith(start):
            return words % {"code": name.removeprefix(start)}
    return labels.get(name, name)


def why_gone(version: ProtocolVersion | QuestionnaireVersion, code: str) -> str:
    """That a part is not in a version any more, and who took it out where that is known."""
    last = version.steps.filter(code=code).select_related("by").last()
    if last is None or not (last.what in REMOVALS or last.what.endswith("_removed")):
        return _("%(code)s is not in this version any more. Nothing is saved.") % {"code": code}
    return _("%(who)s took %(code)s out of this version after you opened it. Nothing is saved.") % {
        "who": last.by,
        "code": code,
    }


def both_words(changed: ChangedMeanwhile) -> str:
    """That somebody was faster, said where saving once more puts what was typed in the place of what is there now."""
    if changed.current is None:
        return _("Somebody took this out after it was opened. Nothing is saved yet; saving once more adds it again.")
    return _("Somebody changed this after it was opened. Nothing is saved yet; both texts are below.")
