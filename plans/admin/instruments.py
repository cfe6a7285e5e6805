"""The instruments of a questionnaire in the back office: what each says and how it is scored; to change in a draft."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import get_language, gettext, gettext_lazy
from django.views.decorators.http import require_POST

from intake.domain.editing import Entry
from intake.domain.instrument_editing import scored_alike
from intake.models import QuestionnaireVersion
from patients.policies import Refused
from plans.actions.instruments import remove_instrument, save_instrument, take_over_instrument
from plans.actions.making import ChangedMeanwhile, Unfit, part_hash
from plans.actions.questionnaires import sources_at_hand
from plans.admin.asked_in_words import instrument_in_words
from plans.admin.keeping import kept
from plans.admin.pages import status_of
from plans.admin.questions import page_about, version_by_id
from plans.admin.saying import said
from plans.admin.unsaved import NO_DRAFT, labels_of, unsaved
from plans.domain.difference import difference_in_instrument
from plans.forms.flaws import in_words
from plans.forms.governing import InstrumentFileForm, TakeOverForm
from plans.forms.instruments import InstrumentForm
from plans.policies import is_added
from practice.access import requires
from practice.domain.grants import Act

LOOK_AGAIN = gettext_lazy("Somebody changed this instrument after it was opened. Look at it again first.")


@requires(Act.GOVERN_PROTOCOL)
def instrument_page(request: HttpRequest, questionnaire_id: int, instrument: str) -> HttpResponse:
    """One instrument: its names, direction, scores with bounds, bands and relevant change, and its questions."""
    version = version_by_id(questionnaire_id)
    known = version.content["instruments"].get(instrument)
    if known is None:
        raise Http404
    if request.method == "POST" and not version.may_be_changed:
        typed = unsaved(request.POST, labels_of(InstrumentForm(known=known).fields))
        return page_about(request, "unsaved", version, instrument, 409, why=NO_DRAFT, typed=typed)
    form, status = None, 200
    if version.may_be_changed:
        form = InstrumentForm(request.POST or None, known=known)
        if request.method == "POST":
            status, done = _saved(request, version, form)
            if done:
                return done
    return _page(request, version, instrument, form, status)


def _saved(
    request: HttpRequest, version: QuestionnaireVersion, form: InstrumentForm
) -> tuple[int, HttpResponse | None]:
    """Save the instrument and come back to it; else the status of the page, on which the form says what is wrong."""
    if not form.is_valid():
        return 422, None
    head, seen = form.head(), form.cleaned_data["seen"]
    save = partial(save_instrument, version=version, head=head, seen=seen, by=request.user, now=timezone.now())
    if kept(form, save) is None:
        return status_of(form), None
    messages.success(request, gettext("The instrument is saved."))
    return 302, redirect("admin:intake_questionnaireversion_instrument", version.pk, head["code"])


def _page(
    request: HttpRequest, version: QuestionnaireVersion, code: str, form: InstrumentForm | None, status: int
) -> HttpResponse:
    asked = version.questionnaire
    section = next(one for one in asked.sections if code in one.instruments)
    words, elsewhere = instrument_in_words(asked.instrument(code), asked), _elsewhere(version, code)
    return page_about(
        request,
        "instrument",
        version,
        words["title"],
        status,
        one=words,
        section=section,
        section_title=said(section.title.to_json()),
        form=form,
        elsewhere=elsewhere,
        behind=[one for one in elsewhere if one["is_last"] and not one["is_same"]] if form else [],
        sources=sorted(sources_at_hand(version).items()) if form else [],
        file_form=InstrumentFileForm(auto_id="brought_%s"),
        seen=part_hash(version.content["instruments"][code]),
        is_added=is_added(version, code),
    )


def _elsewhere(version: QuestionnaireVersion, code: str) -> list[dict[str, Any]]:
    """The instrument in the other questionnaires, in use and in the making, and what taking it over would change.

    Of each questionnaire the version in the making comes last, and says how the instrument will be there.
    """
    known = version.content["instruments"][code]
    others = QuestionnaireVersion.objects.exclude(code=version.code).exclude(status="retired").defer("content")
    found = [one for one in others.order_by("code", "version") if code in one.questionnaire.content["instruments"]]
    last = {one.code: one.pk for one in found}
    return [_beside(known, one) | {"is_last": last[one.code] == one.pk} for one in found]


def _beside(known: Entry, other: QuestionnaireVersion) -> dict[str, Any]:
    """An instrument beside how it stands in a version of another questionnaire."""
    theirs = other.questionnaire.content["instruments"][known["code"]]
    difference = difference_in_instrument(known, theirs)
    return {
        "version": other,
        "number": theirs["version"],
        "is_same": theirs["version"] == known["version"],
        "is_alike": scored_alike(known, theirs),
        "lines": difference.lines(get_language() or "nl", other.questionnaire.terms),
        "theirs": part_hash(theirs),
    }


@requires(Act.GOVERN_PROTOCOL)
@require_POST
def instrument_take_over(request: HttpRequest, questionnaire_id: int, instrument: str) -> HttpResponse:
    """Put an instrument in a draft as it stands in another questionnaire."""
    version, form = _with_instrument(questionnaire_id, instrument), TakeOverForm(request.POST)
    if not form.is_valid():
        messages.error(request, LOOK_AGAIN)
        return redirect("admin:intake_questionnaireversion_instrument", version.pk, instrument)
    done = gettext("The instrument is taken over from %(other)s.") % {"other": form.cleaned_data["other"]}
    return _changed(request, version, instrument, partial(take_over_instrument, **form.cleaned_data), done)


@requires(Act.GOVERN_PROTOCOL)
@require_POST
def instrument_remove(request: HttpRequest, questionnaire_id: int, instrument: str) -> HttpResponse:
    """Take an instrument that was added in a draft out of it again."""
    version, seen = _with_instrument(questionnaire_id, instrument), request.POST.get("seen", "")
    section = next(one for one in version.questionnaire.sections if instrument in one.instruments)
    done = gettext("The instrument %(code)s is taken out of this draft.") % {"code": instrument}
    after = redirect("admin:intake_questionnaireversion_section", version.pk, section.code)
    return _changed(request, version, instrument, partial(remove_instrument, seen=seen), done, after)


def _with_instrument(questionnaire_id: int, code: str) -> QuestionnaireVersion:
    """A version that has this instrument, or a page that says it is not there."""
    version = version_by_id(questionnaire_id)
    if code not in version.content["instruments"]:
        raise Http404
    return version


def _changed(
    request: HttpRequest,
    version: QuestionnaireVersion,
    code: str,
    change: Callable[..., None],
    done: str,
    after: HttpResponse | None = None,
) -> HttpResponse:
    """Change an instrument of a draft and go on; else back to it, with the reason why not."""
    try:
        change(version=version, code=code, by=request.user, now=timezone.now())
    except ChangedMeanwhile:
        messages.error(request, LOOK_AGAIN)
    except Refused as refusal:
        messages.error(request, str(refusal))
    except Unfit as unfit:
        messages.error(request, " ".join(f"{flaw.path}: {in_words(flaw.message)}" for flaw in unfit.flaws))
    else:
        messages.success(request, done)
        if after:
            return after
    return redirect("admin:intake_questionnaireversion_instrument", version.pk, code)
