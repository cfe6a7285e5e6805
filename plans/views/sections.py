"""One section of an intake at a time, for the script of its page: saving while somebody types, and folded questions."""

from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from intake.actions import StaleSection
from intake.forms import IntakePage
from intake.models import Intake
from patients.policies import Refused
from plans.reading import conflict_rows, summary_of
from plans.views.intakes import act_in_one_go, intake_to_record, save_sections
from practice.access import requires
from practice.domain.grants import Act


@requires(Act.RECORD_INTAKE)
def intake_section(request: HttpRequest, intake_id: object, section: str) -> HttpResponse:
    """The folded questions of a section; POST saves what changed in it and answers with what the page then says."""
    if request.method == "POST":
        return _saved(request, intake_id, section)
    record = _with_section(request, intake_id, section)
    form = IntakePage(record, opened=[section]).form_of(section)
    return render(request, "plans/_intake_more.html", {"form": form, "intake": record})


def _with_section(request: HttpRequest, intake_id: object, section: str) -> Intake:
    """The intake, which must have a section with this code; else 404."""
    record = intake_to_record(request, intake_id)
    if section not in {each.code for each in record.questionnaire.sections}:
        raise Http404(_("This questionnaire has no such section."))
    return record


def _saved(request: HttpRequest, intake_id: object, section: str) -> HttpResponse:
    """Save, and say what is stored now; both values of each answer that somebody else gave meanwhile.

    Reading and saving are written down together: that takes half the time of writing them one after the other.
    """
    with transaction.atomic():
        record = _with_section(request, intake_id, section)
        page = IntakePage(record, request.POST)
        try:
            conflicts = save_sections(request, page)
            acted, words = act_in_one_go(request, record, section) if not conflicts else ([], "")
        except Refused as refusal:
            return JsonResponse({"refused": str(refusal)}, status=422)
    if conflicts:
        return JsonResponse(_conflict(request, record, conflicts), status=409)
    stored = record.with_answers_of_now()
    codes = [*page.posted_codes(section), *acted]
    return JsonResponse(_state(request, stored, record, section, codes) | {"said": words})


def _conflict(request: HttpRequest, record: Intake, conflicts: list[StaleSection]) -> dict[str, Any]:
    stored = record.with_answers_of_now()
    answers = stored.answers()
    codes = [code for conflict in conflicts for code in conflict.conflicting]
    rows = conflict_rows(stored, conflicts)
    return {
        "stored": {code: answers.get(code) for code in codes},
        "saved_at": f"{timezone.localtime(max(each.saved_at for each in stored.sections.all())):%H:%M:%S}",
        "conflict": render_to_string("plans/_conflicts.html", {"conflicts": rows, "choose": True}, request),
    }


def _state(request: HttpRequest, stored: Intake, before: Intake, section: str, codes: list[str]) -> dict[str, Any]:
    """What the page shows after a save: the stored values, the summary, the rail and questions that came up."""
    answers = stored.answers()
    saved = next((one for one in stored.sections.all() if one.section == section), None)
    page = IntakePage(stored, opened=request.POST.getlist("opened"))
    context = {"page": page, "intake": stored, "summary": summary_of(stored, page.missing)}
    return {
        "section": section,
        "version": saved.version if saved else 0,
        "saved_at": f"{timezone.localtime():%H:%M:%S}",
        "values": {code: answers.get(code) for code in codes},
        "stamps": page.stamps_for(codes),
        "summary": render_to_string("components/_side_summary.html", context, request),
        "bar": render_to_string("components/_summary_bar.html", context, request),
        "rail": render_to_string("plans/_intake_rail.html", context, request),
        "acts": render_to_string("plans/_intake_acts.html", context | {"acts": page.acts_of(section)}, request),
        "added": _added(request, page, before),
    }


def _added(request: HttpRequest, page: IntakePage, before: Intake) -> list[dict[str, Any]]:
    """The questions that stand on the page now and did not before, by section, with their HTML."""
    were = {item.code for part in before.asked() for item in part.core}
    added = []
    for part in page.asked:
        items = [item for item in part.core if item.code not in were and item.code not in page.answers]
        if items:
            form = page.form_with(part, items)
            added.append(
                {
                    "section": part.section.code,
                    "codes": [item.code for item in items],
                    "html": render_to_string("plans/_intake_added.html", {"form": form}, request),
                }
            )
    return added
