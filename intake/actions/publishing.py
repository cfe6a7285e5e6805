"""What an intake may ask: questionnaires as they are shipped, and the list of diagnosis codes of the practice."""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from intake.domain.questionnaire import Questionnaire
from intake.models import DiagnosisCode, QuestionnaireVersion
from patients.policies import Refused


@transaction.atomic
def publish_questionnaire(*, questionnaire: Questionnaire, now: dt.datetime) -> bool:
    """Add this version of a questionnaire and publish it; whether anything was new.

    A version that exists is never altered: the same version with other content is refused.
    """
    known = QuestionnaireVersion.objects.filter(code=questionnaire.code, version=questionnaire.version).first()
    if known:
        _refuse_altered(known, questionnaire)
        return False
    QuestionnaireVersion.objects.filter(code=questionnaire.code, status="published").update(status="retired")
    QuestionnaireVersion.objects.create(
        code=questionnaire.code,
        version=questionnaire.version,
        region=questionnaire.region,
        title={"nl": questionnaire.title.nl, "en": questionnaire.title.en},
        content=questionnaire.content,
        content_hash=questionnaire.hash,
        status="published",
        loaded_at=now,
    )
    return True


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


def _refuse_altered(known: QuestionnaireVersion, questionnaire: Questionnaire) -> None:
    """Raise when a published version would get other content."""
    if known.content_hash != questionnaire.hash:
        raise Refused(
            _("%(code)s version %(version)s is published already with other content. Give it a new version.")
            % {"code": known.code, "version": known.version}
        )
