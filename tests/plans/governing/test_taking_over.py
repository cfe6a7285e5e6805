"""A wording of an instrument is written once: a draft takes it over from another questionnaire."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from intake.models import QuestionnaireVersion
from patients.policies import Refused
from plans.actions import instruments as making
from plans.actions import questionnaires
from plans.actions.making import ChangedMeanwhile, part_hash
from practice.models import AccessEvent, Staff
from tests.factories.intake import published
from tests.factories.plans import published_protocol
from tests.factories.practice import StaffFactory
from tests.plans.governing.conftest import signed_in
from tests.plans.governing.test_instruments import change, drafted, number
from tests.plans.governing.test_questionnaires import at, in_use
from tests.screens import queries, text

pytestmark = pytest.mark.django_db

NPRS = "nprs"
PAIN = {"title_nl": "Pijn", "title_en": "Pain", "s0_absolute_value": "3"}


@pytest.fixture
def low(writer: Staff) -> QuestionnaireVersion:
    published_protocol()
    return drafted("low_back", writer)


@pytest.fixture
def middle(low: QuestionnaireVersion, writer: Staff) -> QuestionnaireVersion:
    return drafted("mid_back", writer)


def held(version: QuestionnaireVersion, code: str = NPRS) -> dict[str, Any]:
    content: dict[str, Any] = QuestionnaireVersion.objects.get(pk=version.pk).content["instruments"][code]
    return content


def offered(client: Client, version: QuestionnaireVersion, other: QuestionnaireVersion) -> dict[str, Any]:
    """What the button sends with which an instrument is taken over from this other version."""
    page = client.get(at("instrument", version, NPRS)).context
    row = next(one for one in page["elsewhere"] if one["version"] == other)
    return {"other": other.pk, "seen": page["seen"], "theirs": row["theirs"]}


def take_over(client: Client, version: QuestionnaireVersion, sent: dict[str, Any]) -> HttpResponse:
    return client.post(at("instrument_take_over", version, NPRS), sent, follow=True)


@pytest.mark.usefixtures("reasons_in_english")
def test_what_is_corrected_once_is_taken_over_elsewhere_with_the_same_number(
    client: Client, low: QuestionnaireVersion, middle: QuestionnaireVersion, writer: Staff, second: Staff
) -> None:
    change(client, low, NPRS, **PAIN)
    low = in_use(low, writer, second)
    page = text(client.get(at("instrument", middle, NPRS)))
    assert f"What taking over from {low} changes here" in page
    assert "title, English: " in page
    assert "relevant change, in points, from: 2 → 3" in page
    assert f"The instrument is taken over from {low}." in text(take_over(client, middle, offered(client, middle, low)))
    assert held(middle) == held(low)
    assert number(middle, NPRS) == 2
    assert "Take over from" not in text(client.get(at("instrument", middle, NPRS)))
    step = middle.steps.last()
    assert (step.what, step.code, step.comment, step.by) == ("instrument_copied", NPRS, str(low), writer)
    assert AccessEvent.objects.filter(event="questionnaire_instrument_copied").exists()


def test_a_draft_says_where_its_instrument_stands_otherwise_and_leads_there(
    client: Client, low: QuestionnaireVersion, middle: QuestionnaireVersion
) -> None:
    upper, words = published("upper_back"), "stands in another version in these questionnaires"
    assert words not in text(client.get(at("instrument", low, NPRS)))
    page = text(change(client, low, NPRS, **PAIN))
    assert words in page
    assert f'href="{at("instrument", middle, NPRS)}"' in page, "a draft of it is opened at once"
    assert f'href="{at("change", upper)}"' in page, "else the version in use, to make a draft of"
    take_over(client, middle, offered(client, middle, low))
    behind = client.get(at("instrument", low, NPRS)).context["behind"]
    assert [one["version"] for one in behind] == [upper], "of each questionnaire what is in the making counts"
    assert words not in text(client.get(at("instrument", upper, NPRS))), "only a draft can be changed"


@pytest.mark.usefixtures("reasons_in_english")
def test_who_looked_at_another_difference_takes_nothing_over(
    client: Client, low: QuestionnaireVersion, middle: QuestionnaireVersion
) -> None:
    change(client, low, NPRS, **PAIN)
    offer = offered(client, middle, low)
    change(client, low, NPRS, title_nl="Pijncijfer", title_en="Pain score")
    assert "Look at it again first" in text(take_over(client, middle, offer)), "there it changed"
    offer = offered(client, middle, low)
    change(client, middle, NPRS, title_nl="Anders", title_en="Otherwise")
    assert "Look at it again first" in text(take_over(client, middle, offer)), "here it changed"
    assert held(middle)["title"]["en"] == "Otherwise"


@pytest.mark.usefixtures("reasons_in_english")
@pytest.mark.parametrize("wrong", [{"other": "x"}, {"other": "99999999999999999999"}, {"other": ""}, {"theirs": ""}])
def test_what_no_button_sends_takes_nothing_over(
    client: Client, low: QuestionnaireVersion, middle: QuestionnaireVersion, wrong: dict[str, str]
) -> None:
    change(client, low, NPRS, **PAIN)
    assert "Look at it again first" in text(take_over(client, middle, offered(client, middle, low) | wrong))
    assert number(middle, NPRS) == 1


def test_nothing_is_taken_over_from_what_is_set_aside_or_of_the_same_questionnaire(
    client: Client, low: QuestionnaireVersion, middle: QuestionnaireVersion, writer: Staff
) -> None:
    change(client, low, NPRS, **PAIN)
    low.refresh_from_db()
    about = {"code": NPRS, "by": writer, "now": timezone.now(), "theirs": part_hash(held(low))}
    again = drafted("low_back", writer)
    with pytest.raises(ChangedMeanwhile):
        making.take_over_instrument(version=again, other=low, seen=part_hash(held(again)), **about)
    questionnaires.set_aside_questionnaire(version=low, by=writer, now=timezone.now())
    low.refresh_from_db()
    with pytest.raises(ChangedMeanwhile):
        making.take_over_instrument(version=middle, other=low, seen=part_hash(held(middle)), **about)


@pytest.mark.usefixtures("reasons_in_english")
def test_taking_over_meets_the_checks_of_a_change(
    client: Client, low: QuestionnaireVersion, middle: QuestionnaireVersion, writer: Staff
) -> None:
    known = held(low)
    items = [{**known["items"][0], "label": {"nl": "Pijn nu", "en": "Pain now"}}]
    for other, words in (({"items": items}, "official words"), ({"direction": "higher_is_better"}, "")):
        content = {**low.content, "instruments": {**low.content["instruments"], NPRS: {**known, **other, "version": 9}}}
        QuestionnaireVersion.objects.filter(pk=low.pk).update(content=content, content_hash=f"other {words}")
        change(client, middle, NPRS, official_words="on")
        page = text(take_over(client, middle, offered(client, middle, low)))
        assert (words or "is taken over") in page
    rescored = {**known, "scores": [{**known["scores"][0], "missing_allowed": 1}], "version": 10}
    content = {**low.content, "instruments": {**low.content["instruments"], NPRS: rescored}}
    QuestionnaireVersion.objects.filter(pk=low.pk).update(content=content, content_hash="rescored")
    page = text(client.get(at("instrument", middle, NPRS)))
    assert "scored otherwise" in page
    assert f"Take over from {low}" not in page
    with pytest.raises(Refused, match="How a score is computed"):
        making.take_over_instrument(
            version=middle,
            code=NPRS,
            other=QuestionnaireVersion.objects.get(pk=low.pk),
            seen=part_hash(held(middle)),
            theirs=part_hash(rescored),
            by=writer,
            now=timezone.now(),
        )


@pytest.mark.usefixtures("reasons_in_english")
def test_only_who_governs_takes_over_and_only_into_a_draft(
    client: Client, low: QuestionnaireVersion, middle: QuestionnaireVersion, writer: Staff
) -> None:
    change(client, low, NPRS, **PAIN)
    offer = offered(client, middle, low)
    other = signed_in(StaffFactory(roles=["physiotherapist"]))
    assert other.post(at("instrument_take_over", middle, NPRS), offer).status_code == 403
    assert client.get(at("instrument_take_over", middle, NPRS)).status_code == 405
    assert client.post(at("instrument_take_over", middle, "odi"), offer).status_code == 404
    questionnaires.submit_questionnaire(version=middle, by=writer, now=timezone.now())
    assert "Only a draft can be changed" in text(take_over(client, middle, offer))
    assert number(middle, NPRS) == 1


def test_the_page_asks_no_more_where_more_questionnaires_are_in_the_making(
    client: Client, low: QuestionnaireVersion, writer: Staff
) -> None:
    change(client, low, NPRS, **PAIN)
    page = at("instrument", low, NPRS)
    one = queries(client, page)
    drafted("mid_back", writer)
    drafted("upper_back", writer)
    assert queries(client, page) == one
