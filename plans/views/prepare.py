"""What a patient sees: the door of a personal link and the pages behind it. They need the rules, so they live here."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from intake import actions as intake_actions
from intake.access import admit, dismiss, for_patient, patient_page
from intake.actions import TooManyAttempts
from intake.domain.prepared import Page
from intake.forms import BirthDateForm, PatientPageForm, PatientRegionForm
from intake.models import PatientLink
from patients.policies import Refused
from plans import actions
from plans.reading import call_advice, pages_of, prepared_overview


@patient_page
@sensitive_post_parameters("day", "month", "year")
def prepare(request: HttpRequest, token: str) -> HttpResponse:
    """The door: a date of birth, and for whatever is wrong with it or with the link the same words."""
    form = BirthDateForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "plans/prepare.html", {"form": form})
    try:
        link = intake_actions.open_patient_link(
            token=token, birth_date=form.cleaned_data["birth_date"], now=timezone.now()
        )
    except TooManyAttempts:
        return render(request, "plans/prepare.html", {"form": form, "too_many": True}, status=429)
    if link is None:
        return render(request, "plans/prepare.html", {"form": form, "refused": True})
    return _let_in(request, link)


def _let_in(request: HttpRequest, link: PatientLink) -> HttpResponse:
    """Go on where the patient stopped, in the language of the link unless this browser chose one."""
    response = admit(_first_open(link), link)
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        secure = bool(settings.SESSION_COOKIE_SECURE)
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, link.language, secure=secure, httponly=True, samesite="Lax")
    return response


def _first_open(link: PatientLink) -> HttpResponse:
    """The first page after the last one with an answer; the overview when the last page has one."""
    if link.questionnaire_version is None:
        return redirect("prepare_region")
    answers, asked = link.answers(), pages_of(link)
    done = [page.number for page in asked if any(item.code in answers for item in page.items)]
    later = [page.number for page in asked if not done or page.number > done[-1]]
    return redirect("prepare_page", later[0]) if later else redirect("prepare_finish")


@for_patient
def prepare_region(request: HttpRequest, link: PatientLink) -> HttpResponse:
    """Where the complaint is: this decides what is asked."""
    form = PatientRegionForm(request.POST or None, regions=actions.regions_with_rules())
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["questionnaire"]
        try:
            intake_actions.choose_prepared_questionnaire(link=link, questionnaire_version=version, now=timezone.now())
        except Refused:
            return redirect("prepare_closed")
        return admit(redirect("prepare_page", 1), link)
    return admit(render(request, "plans/prepare_region.html", {"form": form, "link": link}), link)


@for_patient
def prepare_page(request: HttpRequest, link: PatientLink, number: int) -> HttpResponse:
    """One page of questions: saved with each step, and looked at for what cannot wait."""
    if link.questionnaire_version is None:
        return redirect("prepare_region")
    page = next((each for each in pages_of(link) if each.number == number), None)
    if page is None:
        raise Http404
    form = PatientPageForm(page.items, link.answers(), request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _save(link, page, form, back="back" in request.POST)
    return admit(_prepare_page_page(request, link, page, form), link)


def _prepare_page_page(request: HttpRequest, link: PatientLink, page: Page, form: PatientPageForm) -> HttpResponse:
    numbers = [each.number for each in pages_of(link)]
    context = {
        "link": link,
        "page": page,
        "form": form,
        "step": numbers.index(page.number) + 1,
        "steps": len(numbers),
        "call": call_advice(link),
    }
    return render(request, "plans/prepare_page.html", context, status=422 if form.errors else 200)


def _save(link: PatientLink, page: Page, form: PatientPageForm, *, back: bool) -> HttpResponse:
    """Keep the answers; then on to the next page or back, or to who must be called when this page says so now."""
    before = call_advice(link)
    try:
        actions.save_prepared_page(link=link, section=page.section.code, values=form.cleaned_data, now=timezone.now())
    except Refused:
        return redirect("prepare_closed")
    after = call_advice(link)
    if after and after != before:
        return admit(redirect("prepare_call"), link)
    return admit(_beside(link, page, back=back), link)


def _beside(link: PatientLink, page: Page, *, back: bool) -> HttpResponse:
    """The next page that has something to ask now, or the one before."""
    numbers = [each.number for each in pages_of(link)]
    if back:
        earlier = [number for number in numbers if number < page.number]
        return redirect("prepare_page", earlier[-1]) if earlier else redirect("prepare_region")
    later = [number for number in numbers if number > page.number]
    return redirect("prepare_page", later[0]) if later else redirect("prepare_finish")


@for_patient
def prepare_call(request: HttpRequest, link: PatientLink) -> HttpResponse:
    """Who to call now, in plain words; nothing of why."""
    call = call_advice(link)
    if call is None:
        return redirect("prepare_finish")
    return admit(render(request, "plans/prepare_call.html", {"link": link, "call": call}), link)


@for_patient
def prepare_finish(request: HttpRequest, link: PatientLink) -> HttpResponse:
    """Everything the patient answered, to look over and hand in."""
    if link.questionnaire_version is None:
        return redirect("prepare_region")
    if request.method == "POST":
        try:
            actions.hand_in_prepared(link=link, now=timezone.now())
        except Refused:
            return redirect("prepare_closed")
        return dismiss(redirect("prepare_done"))
    context = {"link": link, "overview": prepared_overview(link), "call": call_advice(link)}
    return admit(render(request, "plans/prepare_finish.html", context), link)


@patient_page
def prepare_done(request: HttpRequest) -> HttpResponse:
    """The answers are with the practice."""
    return render(request, "plans/prepare_done.html")


@patient_page
@require_POST
def prepare_stop(request: HttpRequest) -> HttpResponse:
    """Stop for now: this browser is let in again by the link only."""
    return dismiss(redirect("prepare_closed"))


@patient_page
def prepare_closed(request: HttpRequest) -> HttpResponse:
    """The pages are closed: by stopping, by waiting too long, or because the link does not work any more."""
    return render(request, "plans/prepare_closed.html")
