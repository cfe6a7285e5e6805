"""An instrument brought into a draft of a questionnaire as its one content file: in place of what stands, or added."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext

from intake.domain.questionnaire import Section
from intake.management.packed_files import read_instrument_file
from intake.models import QuestionnaireVersion
from plans.actions.instruments import add_instrument, replace_instrument
from plans.actions.making import ChangedMeanwhile, part_hash
from plans.admin.files import read_into
from plans.admin.pages import status_of
from plans.admin.questions import page_about, section_by_code, version_by_id
from plans.admin.saying import said
from plans.forms.governing import InstrumentFileForm
from practice.access import requires
from practice.domain.grants import Act

Flaws = list[tuple[str, str]]


@requires(Act.GOVERN_PROTOCOL)
def instrument_import(request: HttpRequest, questionnaire_id: int, instrument: str) -> HttpResponse:
    """Put the instrument of a file in the place of the one that stands in a draft."""
    version = version_by_id(questionnaire_id)
    known = version.content["instruments"].get(instrument)
    if known is None or _is_to_read(request, version):
        raise Http404
    form = _form(request, seen=part_hash(known))

    def replace(sent: bytes) -> str:
        content, seen = read_instrument_file(sent), form.cleaned_data["seen"]
        about = {"version": version, "code": instrument, "content": content, "seen": seen}
        replace_instrument(**about, by=request.user, now=timezone.now())
        return instrument

    done = _brought_in(request, version, form, replace, gettext("The instrument is as in the file now."))
    if isinstance(done, HttpResponse):
        return done
    section = next(one for one in version.questionnaire.sections if instrument in one.instruments)
    about = {"code": instrument, "called": said(known["title"])}
    return _page(request, version, section, form, done, gettext("Bring in a file"), **about)


@requires(Act.GOVERN_PROTOCOL)
def instrument_add(request: HttpRequest, questionnaire_id: int, section: str) -> HttpResponse:
    """Add the instrument of a file to a section of instruments of a draft."""
    version = version_by_id(questionnaire_id)
    found = section_by_code(version, section)
    if not found.instruments or _is_to_read(request, version):
        raise Http404
    form = _form(request)

    def add(sent: bytes) -> str:
        content = read_instrument_file(sent)
        return add_instrument(version=version, section=section, content=content, by=request.user, now=timezone.now())

    done = _brought_in(request, version, form, add, gettext("The instrument is added, as the last one of its section."))
    if isinstance(done, HttpResponse):
        return done
    return _page(request, version, found, form, done, gettext("Add an instrument from a file"))


def _is_to_read(request: HttpRequest, version: QuestionnaireVersion) -> bool:
    """Whether nothing can be brought in; whoever sent a file just then is told so at its field."""
    return request.method != "POST" and not version.may_be_changed


def _form(request: HttpRequest, seen: str = "") -> InstrumentFileForm:
    if request.method == "POST":
        return InstrumentFileForm(request.POST, request.FILES)
    return InstrumentFileForm(initial={"seen": seen})


def _brought_in(
    request: HttpRequest,
    version: QuestionnaireVersion,
    form: InstrumentFileForm,
    make: Callable[[bytes], str],
    done: str,
) -> HttpResponse | Flaws:
    """To the instrument made of a sent file; else what is wrong with its content, and where; the form says why."""
    if request.method != "POST" or not form.is_valid():
        return []
    try:
        code, flaws = read_into(form, make)
    except ChangedMeanwhile as changed:
        _say_changed(form, changed)
        return []
    if code is None:
        return flaws
    messages.success(request, done)
    return redirect("admin:intake_questionnaireversion_instrument", version.pk, code)


def _say_changed(form: InstrumentFileForm, changed: ChangedMeanwhile) -> None:
    """Say that somebody was faster; sending a file once more replaces what that person wrote, knowingly."""
    form.changed_meanwhile = ""
    form.data = form.data.copy()
    form.data["seen"] = part_hash(changed.current)
    form.add_error(
        "file",
        gettext("Somebody changed this instrument after it was opened. Look at it, then choose the file once more."),
    )


def _page(
    request: HttpRequest,
    version: QuestionnaireVersion,
    section: Section,
    form: InstrumentFileForm,
    flaws: Flaws,
    title: str,
    **about: Any,
) -> HttpResponse:
    about |= {"section": section, "section_title": said(section.title.to_json()), "form": form, "flaws": flaws}
    return page_about(request, "instrument_file", version, title, status_of(form), **about)
