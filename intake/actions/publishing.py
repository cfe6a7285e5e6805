"""What an intake may ask: questionnaires as they are shipped, and the list of diagnosis codes of the practice."""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext_lazy as _

from intake.domain.composing import compose
from intake.domain.editing import numbered, with_sections_whole
from intake.domain.instrument_editing import with_free_numbers
from intake.domain.questionnaire import Questionnaire
from intake.models import DiagnosisCode, QuestionnaireVersion
from patients.policies import Refused


@transaction.atomic
def publish_questionnaire(*, questionnaire: Questionnaire, now: dt.datetime) -> bool:
    """Add this version of a questionnaire and publish it; whether anything was new.

    A version that exists is never altered: the same version with other content is refused. Where the practice governs
    the questionnaire itself, what is shipped arrives as a draft with the next number, for two people to look at.
    """
    versions = QuestionnaireVersion.objects.filter(code=questionnaire.code)
    if versions.filter(Q(content_hash=questionnaire.hash) | Q(origin_hash=questionnaire.hash)).exists():
        return False
    same = versions.filter(version=questionnaire.version).first()
    if same and same.based_on_id is None:
        _refuse_altered(same)
    in_use = versions.filter(status="published").first()
    governed = in_use is not None and in_use.approved_by_id is not None
    kept = _with_free_numbers(questionnaire)
    if not governed:
        versions.filter(status="published").update(status="retired")
    if same or governed:
        highest = versions.aggregate(Max("version"))["version__max"]
        kept = compose(with_sections_whole(numbered(kept.content, highest + 1)))
    _add_shipped(kept, origin=questionnaire.hash, based_on=in_use if governed else None, now=now)
    return True


def _with_free_numbers(questionnaire: Questionnaire) -> Questionnaire:
    """What is shipped, in which no instrument has the number of one that says something else here."""
    content = with_free_numbers(questionnaire.content, QuestionnaireVersion.objects.instruments())
    return questionnaire if content == questionnaire.content else compose(content)


def _add_shipped(kept: Questionnaire, *, origin: str, based_on: QuestionnaireVersion | None, now: dt.datetime) -> None:
    """Keep what is shipped: in use, or as a draft of the version that the practice governs."""
    version = QuestionnaireVersion(
        origin_hash=origin if origin != kept.hash else "",
        status="draft" if based_on else "published",
        loaded_at=now,
        based_on=based_on,
    )
    version.hold(kept)
    version.save()


@transaction.atomic
def load_diagnosis_codes(*, codes: Mapping[str, str]) -> int:
    """Make these the diagnosis codes that intakes may use; give back how many. Older codes stay readable."""
    if not codes:
        raise Refused(_("The list has no codes."))
    DiagnosisCode.objects.exclude(code__in=list(codes)).update(is_current=False)
    DiagnosisCode.objects.bulk_create(
        [DiagnosisCode(code=code, description=description, is_current=True) for code, description in codes.items()],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["description", "is_current"],
    )
    return len(codes)


def _refuse_altered(known: QuestionnaireVersion) -> None:
    raise Refused(
        _("%(code)s version %(version)s is published already with other content. Give it a new version.")
        % {"code": known.code, "version": known.version}
    )
