"""Every screen of intakes, suggestions, plans, referrals and letters, through the public door."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from intake.models import Addendum, Intake
from patients.models import TreatmentRelationship
from plans import actions
from plans.models import FollowUp, Letter, NoCourse, Plan, Referral, Suggestion
from plans.policies import hold_on
from plans.urls import urlpatterns
from practice.domain.grants import Act
from practice.models import AccessEvent, Staff
from tests.factories.intake import IntakeFactory, published
from tests.factories.patients import EpisodeFactory
from tests.factories.plans import ACUTE, adopted, draft, published_protocol, record, suggested
from tests.factories.practice import StaffFactory
from tests.screens import answer, answer_everything, as_shown, queries, text

pytestmark = pytest.mark.django_db

CANARY = "kanarievogel"
HELD = {"cancer_history": True, "unexplained_weight_loss": True, "night_pain": True, "request_for_help": CANARY}
LATER = f"{CANARY}: de huisarts belt terug"


@pytest.fixture
def therapist() -> Staff:
    return StaffFactory(roles=["physiotherapist"], language="en")


@pytest.fixture
def client(therapist: Staff) -> Client:
    return signed_in(therapist)


# What the front desk may do here; None are the pages that patients open themselves.
NOT_CLINICAL = {None, Act.SEE_TODAY, Act.SEND_PATIENT_LINK, Act.ANSWER_PATIENT_ALARM}


def signed_in(staff: Staff) -> Client:
    client = Client()
    client.force_login(staff)
    return client


def at(name: str, *args: Any) -> str:
    """The address of a screen."""
    return reverse(name, args=[getattr(one, "pk", one) for one in args])


def letter_of(suggestion: Suggestion) -> Letter:
    """The letter to the GP about a held intake."""
    referral = actions.draft_referral(
        suggestion=suggestion, discipline="gp", language="nl", by=suggestion.by, now=timezone.now()
    )
    return referral.letters.get()


def with_everything(by: Staff) -> dict[str, dict[str, Any]]:
    """For each route of the app its arguments: a draft, a held intake with a letter, and an adopted plan."""
    open_intake = draft({"request_for_help": CANARY}, author=by)
    held = suggested(HELD, author=by, reason=LATER)
    letter = letter_of(held)
    plan = adopted(suggested({"request_for_help": CANARY, "goal_activity": CANARY}, author=by))
    of_draft, of_held = {"intake_id": open_intake.pk}, {"intake_id": held.intake_id}
    of_plan, of_letter, of_referral = (
        {"plan_id": plan.pk},
        {"letter_id": letter.pk},
        {"referral_id": letter.referral_id},
    )
    return {
        "intake_start": {"episode_id": open_intake.episode_id},
        **dict.fromkeys(["intake", "intake_region", "intake_complete", "intake_error", "prepared"], of_draft),
        "intake_look_along": of_draft,
        "intake_section": of_draft | {"section": "complaint"},
        **dict.fromkeys(["intake_answers", "intake_addendum", "follow_up", "suggestions"], of_held),
        **dict.fromkeys(["no_course", "advice_pdf", "intake_fhir"], of_held),
        "plan_adopt": of_held | {"template": ACUTE},
        "referral_draft": of_held | {"discipline": "gp"},
        **dict.fromkeys(["referral", "referral_step"], of_referral),
        **dict.fromkeys(["letter", "letter_sign", "letter_pdf"], of_letter),
        **dict.fromkeys(["plan", "plan_activate", "plan_pause", "plan_end", "plan_pdf", "plan_revise"], of_plan),
        **dict.fromkeys(["plan_measure", "plan_look_along"], of_plan),
        **dict.fromkeys(
            ["plan", "plan_activate", "plan_pause", "plan_end", "plan_pdf", "plan_revise", "plan_fhir"], of_plan
        ),
    }


# --- who may see what -----------------------------------------------------------------------------------------------


def test_the_front_desk_passes_no_clinical_door(therapist: Staff) -> None:
    client = signed_in(StaffFactory(roles=["front_desk"], language="nl"))
    routes = with_everything(therapist)
    clinical = {route.name for route in urlpatterns if route.callback.required_act not in NOT_CLINICAL}
    assert clinical <= set(routes), f"give arguments for {clinical - set(routes)}"
    for name in sorted(clinical):
        for send in (client.get, client.post):
            response = send(reverse(name, kwargs=routes[name]))
            assert response.status_code in (403, 404, 405), name
            assert CANARY not in text(response), name
    assert AccessEvent.objects.filter(outcome="denied").count() >= len(clinical)


def test_the_front_desk_sees_how_much_to_schedule_and_nothing_clinical(therapist: Staff) -> None:
    plan = adopted(suggested({"request_for_help": CANARY, "goal_activity": CANARY}, author=therapist))
    client = signed_in(StaffFactory(roles=["front_desk"], language="nl"))
    page = text(client.get(at("episode", plan.episode)))
    assert "5 zittingen in 4 weken" in page
    for word in (
        CANARY,
        plan.title["nl"],
        "Acute",
        "Lage rug",
        f'"{at("plan", plan)}"',
        at("suggestions", plan.intake),
    ):
        assert word not in page
    assert CANARY not in text(client.get("/"))


def test_a_stranger_gets_the_answer_of_what_is_not_there(therapist: Staff) -> None:
    routes = with_everything(therapist)
    TreatmentRelationship.objects.all().delete()
    client = signed_in(StaffFactory(roles=["physiotherapist"]))
    for name, arguments in routes.items():
        response = client.get(reverse(name, kwargs=arguments))
        assert response.status_code in (404, 405), name
        assert CANARY not in text(response)


def test_every_page_opens_for_the_therapist(therapist: Staff, client: Client) -> None:
    for name, arguments in with_everything(therapist).items():
        response = client.get(reverse(name, kwargs=arguments))
        assert response.status_code in (200, 302, 405), name


def test_the_manager_reads_a_plan_but_not_the_intake(therapist: Staff) -> None:
    routes = with_everything(therapist)
    client = signed_in(StaffFactory(roles=["manager"]))
    assert client.get(reverse("plan", kwargs=routes["plan"])).status_code == 200
    assert client.get(reverse("intake_answers", kwargs=routes["intake_answers"])).status_code == 403


# --- today ----------------------------------------------------------------------------------------------------------


def test_today_puts_the_most_urgent_first_and_above_all_what_waits_for_a_contact(
    client: Client, therapist: Staff
) -> None:
    answers = {
        "Kalm": {},
        "Vroeger": HELD,
        "Later": HELD,
        "Spoed": {"saddle_numbness": True},
        "Gebeld": {"saddle_numbness": True},
    }
    for name, given in answers.items():
        episode = EpisodeFactory(patient__family_name=name)
        suggestion = suggested(given, author=therapist, reason=LATER, episode=episode)
    actions.record_follow_up(
        intake=suggestion.intake,
        flags=[flag["code"] for flag in suggestion.trace["red_flags"]],
        reached="Spoedeisende hulp",
        reached_at=timezone.now(),
        advised="Wachten op de uitslag",
        outcome="await_result",
        by=therapist,
        now=timezone.now(),
    )
    page = text(client.get("/"))
    shown = sorted(answers, key=page.index)
    assert shown == ["Spoed", "Vroeger", "Later", "Gebeld", "Kalm"]
    assert page.index("No contact recorded yet") < page.index("Spoed") < page.index("Continue with")
    assert page.index("Later") < page.index("Continue with") < page.index("Gebeld")


# --- recording an intake --------------------------------------------------------------------------------------------


def test_an_intake_is_started_once_and_goes_on(client: Client) -> None:
    published()
    address = at("intake_start", EpisodeFactory())
    nothing = client.post(address, {"questionnaire": ""})
    assert Intake.objects.count() == 0
    assert "Choose where the complaint is." in text(client.get(nothing.url))
    choice = {"questionnaire": published().pk}
    assert client.post(address, choice).url == client.post(address, choice).url


def test_an_intake_is_recorded_completed_and_read_back(client: Client, therapist: Staff) -> None:
    published_protocol()
    address = at("intake", IntakeFactory(author=therapist))
    refused = client.post(address, {"complete": "yes"})
    assert refused.status_code == 422
    assert "Still needed" in text(refused)
    answer_everything(client, address, {"request_for_help": "Weer <b>zingen</b>"})
    done = client.post(address, {"complete": "yes"})
    intake = Intake.objects.get()
    assert done.url == at("suggestions", intake)
    assert client.get(address).url == at("intake_answers", intake)
    assert "Weer &lt;b&gt;zingen&lt;/b&gt;" in text(client.get(at("intake_answers", intake)))


@pytest.mark.parametrize(("weeks", "said"), [(8, "<td>8 weeks</td>"), (1, "<td>1 week</td>")])
def test_a_number_is_read_back_with_what_it_counts(client: Client, therapist: Staff, weeks: int, said: str) -> None:
    intake = suggested({"weeks_since_onset": weeks}, author=therapist).intake
    assert said in text(client.get(at("intake_answers", intake)))


def test_an_odd_answer_is_kept_as_it_was_typed_and_named_at_completion(client: Client, therapist: Staff) -> None:
    published_protocol()
    intake = draft(author=therapist)
    address = at("intake", intake)
    answer(client, address, {"weeks_since_onset": "een week of vijf"})
    assert "een week of vijf" in text(client.get(address))
    refused = client.post(address, {"complete": "yes"})
    assert refused.status_code == 422
    assert "check this answer" in text(refused)
    assert "een week of vijf" in text(refused)


def test_of_two_tabs_the_second_is_told_and_nothing_is_overwritten(client: Client, therapist: Staff) -> None:
    published_protocol()
    intake = IntakeFactory(author=therapist)
    record(intake, "complaint", {"weeks_since_onset": 5})
    stale = {"shown_complaint": '{"weeks_since_onset": null}', "weeks_since_onset": "6"}
    refused = client.post(at("intake", intake), stale)
    assert refused.status_code == 409
    assert Intake.objects.get().answers()["weeks_since_onset"] == 5


def test_an_open_flag_interrupts_completion_once(client: Client, therapist: Staff) -> None:
    published_protocol()
    intake = draft(HELD, author=therapist)
    interrupted = client.post(at("intake", intake), {"complete": "yes"})
    assert interrupted.url == at("intake_complete", intake)
    assert client.post(interrupted.url, {"reason": " "}).status_code == 422
    assert client.post(interrupted.url, {"reason": LATER}).url == at("suggestions", intake)
    assert Intake.objects.get().completed_with_reason == LATER


def test_another_region_keeps_the_answers(client: Client, therapist: Staff) -> None:
    published_protocol()
    intake = draft(author=therapist)
    client.post(at("intake_region", intake), {"questionnaire": published("mid_back").pk})
    moved = Intake.objects.get()
    assert moved.questionnaire.region == "mid"
    assert moved.answers()["weeks_since_onset"] == 2


def test_without_a_protocol_completing_says_so(client: Client, therapist: Staff) -> None:
    intake = draft(author=therapist)
    response = client.post(at("intake", intake), {"complete": "yes"}, follow=True)
    assert "No published protocol covers this region" in text(response)
    assert Intake.objects.get().is_draft


def test_a_reason_names_a_finding_once_however_often_its_rule_rests_on_it(client: Client, therapist: Staff) -> None:
    answers = {"general_malaise": True, "night_pain": True, "weeks_since_onset": 2}
    intake = suggested(answers, reason=LATER, author=therapist).intake
    page = client.get(at("suggestions", intake)).content.decode()
    lists = [re.findall(r"<li.*?</li>", part, re.DOTALL) for part in re.findall(r'<ul class="reasons">.*?</ul>', page)]
    assert any(len(lines) > 5 for lines in lists)
    assert all(len(lines) == len(set(lines)) for lines in lists)


def test_a_draft_that_is_entered_in_error_stays_on_record(client: Client, therapist: Staff) -> None:
    published_protocol()
    intake = draft(author=therapist)
    assert client.post(at("intake_error", intake)).url == at("episode", intake.episode)
    for screen in ("intake_answers", "suggestions", "no_course", "advice_pdf", "follow_up"):
        assert client.get(at(screen, intake), follow=True).status_code == 200, screen
    assert client.get(at("plan_adopt", intake, ACUTE), follow=True).status_code == 200
    assert Intake.objects.get().status == "entered_in_error"


def test_a_completed_intake_is_corrected_by_an_addendum(client: Client, therapist: Staff) -> None:
    intake = suggested(author=therapist).intake
    address = at("intake_addendum", intake)
    assert client.post(address, {"text": " "}).status_code == 422
    assert client.post(address, {"text": "Begon toch plotseling"}).url == at("intake_answers", intake)
    assert Addendum.objects.get().text == "Begon toch plotseling"


def test_a_draft_gets_no_addendum(client: Client, therapist: Staff) -> None:
    refused = client.post(at("intake_addendum", draft(author=therapist)), {"text": "Anders"}, follow=True)
    assert "Only a completed intake gets addenda" in text(refused)
    assert not Addendum.objects.exists()


# --- suggestion, contact, end without a course ----------------------------------------------------------------------


def test_a_contact_is_recorded_and_lifts_the_hold(client: Client, therapist: Staff) -> None:
    suggestion = suggested(HELD, author=therapist, reason=LATER)
    address = at("follow_up", suggestion.intake)
    day = timezone.localtime()
    typed = {
        "flags": ["tumour"],
        "reached": "Huisarts Jansen",
        "reached_at_0": f"{day:%Y-%m-%d}",
        "reached_at_1": "00:00",
        "advised": "Mag starten",
        "outcome": "may_start",
    }
    late = client.post(address, typed | {"reached_at_0": f"{day + timezone.timedelta(days=1):%Y-%m-%d}"})
    assert late.status_code == 422
    assert "The contact cannot lie in the future." in text(late)
    assert "Huisarts Jansen" in text(late)
    assert client.post(address, {**typed, "reached": ""}).status_code == 422
    assert client.post(address, typed).url == at("suggestions", suggestion.intake)
    assert FollowUp.objects.get().reached == "Huisarts Jansen"
    assert hold_on(suggestion.intake, suggestion.trace).held is False


def test_an_intake_ends_without_a_course_on_screen(client: Client, therapist: Staff) -> None:
    intake = suggested(author=therapist).intake
    address = at("no_course", intake)
    refused = client.post(address, {"advice": ["warmth"], "come_back_when": ""})
    assert refused.status_code == 422
    assert client.post(address, {"advice": ["warmth"], "come_back_when": "Bij toename"}).url == address
    assert NoCourse.objects.get().come_back_when == "Bij toename"
    assert "Bij toename" in text(client.get(address))
    assert client.get(at("advice_pdf", intake), {"language": "en"}).content.startswith(b"%PDF")


# --- plans ----------------------------------------------------------------------------------------------------------


def adopt_with(client: Client, suggestion: Suggestion, **typed: Any) -> HttpResponse:
    """Adopt the acute template on screen with these changes."""
    address = at("plan_adopt", suggestion.intake, ACUTE)
    shown = as_shown(client.get(address)) | {"goal_text": "Tillen", "discussed": "on"}
    sent = {name: value for name, value in (shown | typed).items() if value is not None}
    return client.post(address, sent)


def test_a_plan_is_adopted_read_and_printed_in_both_languages(client: Client, therapist: Staff) -> None:
    made = adopt_with(client, suggested(author=therapist))
    assert made.status_code == 302
    assert "Tillen" in text(client.get(made.url))
    for language in ("nl", "en"):
        pdf = client.get(f"{made.url}plan.pdf", {"language": language})
        assert pdf.content.startswith(b"%PDF")
        assert "Tillen" not in pdf.headers["Content-Disposition"]


def test_a_plan_says_what_the_findings_ask_to_keep_in_mind(client: Client, therapist: Staff) -> None:
    plan = adopted(suggested({"mrc_l5_left": 4}, author=therapist))
    assert "Measure strength again after 2 to 4 days" in text(client.get(at("plan", plan)))
    assert "Measure strength" not in text(client.get(at("plan", adopted(suggested(author=therapist)))))


def test_what_is_missing_in_a_plan_is_said_at_the_field_and_what_was_typed_is_kept(
    client: Client, therapist: Staff
) -> None:
    suggestion = suggested(author=therapist)
    undiscussed = adopt_with(client, suggestion, discussed=None, goal_text="Een <i>krat</i>")
    assert undiscussed.status_code == 422
    assert "discussed" in undiscussed.context["form"].errors
    assert "Een &lt;i&gt;krat&lt;/i&gt;" in text(undiscussed)
    deviating = adopt_with(client, suggestion, session_minutes=45)
    assert deviating.status_code == 422
    assert "session_reason" in deviating.context["form"].errors
    assert 'value="45"' in text(deviating)
    unexplained = adopt_with(client, suggestion, session_minutes=45, session_reason="other")
    assert "session_explanation" in unexplained.context["form"].errors
    assert not Plan.objects.exists()
    made = adopt_with(client, suggestion, session_minutes=45, session_reason="planning")
    assert made.status_code == 302


def test_a_held_plan_is_refused_with_its_reason(client: Client, therapist: Staff) -> None:
    refused = adopt_with(client, suggested(HELD, author=therapist, reason=LATER))
    assert refused.status_code == 422
    assert "A red flag holds this plan" in text(refused)
    assert client.get(at("plan_adopt", Intake.objects.get(), "no_such_template")).status_code == 404


def test_a_plan_is_paused_taken_up_and_ended_on_screen(client: Client, therapist: Staff) -> None:
    plan = adopted(suggested(author=therapist))
    for screen, life in (("plan_pause", "paused"), ("plan_activate", "active")):
        assert client.post(at(screen, plan)).url == at("plan", plan)
        assert Plan.objects.get().life == life
    again = client.post(at("plan_activate", plan), follow=True)
    assert "cannot become" in text(again)
    refused = client.post(at("plan_end", plan), {"to": "stopped", "reason": ""})
    assert refused.status_code == 422
    assert "Write why the plan is stopped." in text(refused)
    client.post(at("plan_end", plan), {"to": "stopped", "reason": "Verhuisd"})
    assert (Plan.objects.get().life, Plan.objects.get().end_reason) == ("stopped", "Verhuisd")


def returned_plan(therapist: Staff, **changes: Any) -> Plan:
    """A plan that the manager has returned."""
    plan = adopted(suggested(author=therapist), **changes)
    actions.review(
        revision=plan.current_revision,
        to="returned",
        by=StaffFactory(roles=["manager"], name="Mies Manager"),
        now=timezone.now(),
        comment="Waarom <b>langer</b>?",
        managers=1,
    )
    return Plan.objects.get(pk=plan.pk)


def revise_with(client: Client, plan: Plan, shown: dict[str, Any] | None = None, **typed: Any) -> HttpResponse:
    """Change the plan on screen, from what the page shows or showed."""
    start = shown or as_shown(client.get(at("plan_revise", plan)))
    return client.post(at("plan_revise", plan), start | {"discussed": "on"} | typed)


def test_a_returned_plan_is_changed_with_a_reason_and_submitted_again(client: Client, therapist: Staff) -> None:
    plan = returned_plan(therapist, session_minutes=45, reasons={"session_minutes": ("planning", "Dubbel uur")})
    assert at("plan_revise", plan) in text(client.get("/"))
    for address in (at("plan", plan), at("plan_revise", plan)):
        assert "Waarom &lt;b&gt;langer&lt;/b&gt;?" in text(client.get(address))
    assert as_shown(client.get(at("plan_revise", plan)))["session_explanation"] == "Dubbel uur"
    unexplained = revise_with(client, plan, build_weeks=4)
    assert unexplained.status_code == 422
    assert "build_reason" in unexplained.context["form"].errors
    assert revise_with(client, plan, build_weeks=4, build_reason="load_capacity").url == at("plan", plan)
    revision = Plan.objects.get(pk=plan.pk).current_revision
    assert (revision.number, revision.review, revision.session_minutes) == (2, "submitted", 45)
    assert dict(revision.deviations.values_list("what", "reason")) == {
        "session_minutes": "planning",
        "build.weeks": "load_capacity",
    }
    assert plan.goals.get(main=True).text == "Weer een volle dag werken"
    page = text(client.get(at("plan", plan)))
    assert "review: submitted" in page
    assert "Mies Manager: Waarom" in page
    assert at("plan_revise", plan) not in text(client.get("/"))


def test_a_plan_is_not_changed_without_talking_to_the_patient(client: Client, therapist: Staff) -> None:
    plan = returned_plan(therapist)
    refused = client.post(at("plan_revise", plan), as_shown(client.get(at("plan_revise", plan))))
    assert refused.status_code == 422
    assert plan.revisions.count() == 1


def test_of_two_changes_of_a_plan_the_second_sees_both_and_overwrites_nothing(client: Client, therapist: Staff) -> None:
    plan = adopted(suggested(author=therapist))
    shown = as_shown(client.get(at("plan_revise", plan)))
    assert revise_with(client, plan, shown, build_weeks=4, build_reason="planning").status_code == 302
    late = revise_with(client, plan, shown, build_weeks=5, build_reason="planning", session_minutes=45)
    assert late.status_code == 409
    assert plan.revisions.count() == 2
    page = text(late)
    assert "Somebody changed this plan meanwhile" in page
    assert all(cell in page for cell in ("<td>4</td><td>5</td>", "<td>30</td><td>45</td>", 'value="45"'))
    again = as_shown(late) | {"revision": late.context["form"]["revision"].value()}
    knowingly = revise_with(client, plan, again, session_minutes=45, session_reason="planning", build_reason="planning")
    assert knowingly.status_code == 302
    assert plan.revisions.count() == 3


def test_a_plan_that_has_ended_is_not_changed(client: Client, therapist: Staff) -> None:
    plan = adopted(suggested(author=therapist))
    shown = as_shown(client.get(at("plan_revise", plan)))
    client.post(at("plan_end", plan), {"to": "completed"})
    assert client.get(at("plan_revise", plan)).url == at("plan", plan)
    assert revise_with(client, plan, shown).url == at("plan", plan)
    assert plan.revisions.count() == 1
    assert at("plan_revise", plan) not in text(client.get(at("plan", plan)))


# --- referrals and letters ------------------------------------------------------------------------------------------


def test_a_letter_is_drafted_in_one_click_changed_signed_and_kept(client: Client, therapist: Staff) -> None:
    suggestion = suggested(HELD, author=therapist, reason=LATER)
    drafted = client.post(at("referral_draft", suggestion.intake, "gp"))
    referral = Referral.objects.get()
    assert drafted.url == at("referral", referral)
    assert client.get(drafted.url).status_code == 200
    letter = at("letter", referral.letters.get())
    assert client.post(letter, {"recipient": "", "subject": "S", "text": "Lange tekst"}).status_code == 422
    client.post(letter, {"recipient": "Huisarts", "subject": "Verzoek", "text": "Graag uw oordeel"})
    client.post(f"{letter}sign/")
    signed = Letter.objects.get()
    assert client.get(f"{letter}letter.pdf").content == bytes(signed.pdf)
    client.post(letter, {"recipient": "Ander", "subject": "Anders", "text": "Anders"})
    client.post(f"{letter}sign/")
    assert Letter.objects.get().pdf_hash == signed.pdf_hash
    assert Letter.objects.get().text == "Graag uw oordeel"


def test_a_referral_takes_only_the_steps_it_may_take(client: Client, therapist: Staff) -> None:
    referral = letter_of(suggested(HELD, author=therapist, reason=LATER)).referral
    address = at("referral_step", referral)
    assert client.post(address, {"status": "accepted"}).status_code == 422
    assert client.post(address, {"status": "sent", "note": "Per beveiligde mail"}).url == at("referral", referral)
    assert "Per beveiligde mail" in text(client.get(at("referral", referral)))


def test_nothing_asks_for_a_referral_that_is_not_suggested(client: Client, therapist: Staff) -> None:
    intake = suggested(author=therapist).intake
    refused = client.post(at("referral_draft", intake, "occupational_physician"), follow=True)
    assert "Nothing in this suggestion asks for this discipline." in text(refused)
    assert not Referral.objects.exists()


# --- the number of queries ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ceiling", "screen"),
    [
        (25, lambda plan: at("suggestions", plan.intake)),
        (28, lambda plan: at("plan", plan)),
        (25, lambda plan: at("intake_answers", plan.intake)),
    ],
)
def test_a_page_takes_few_queries(
    client: Client, therapist: Staff, ceiling: int, screen: Callable[[Plan], str]
) -> None:
    plan = adopted(suggested(author=therapist))
    assert queries(client, screen(plan)) <= ceiling


def test_the_intake_page_takes_few_queries(client: Client, therapist: Staff) -> None:
    published_protocol()
    assert queries(client, at("intake", draft(author=therapist))) <= 25
