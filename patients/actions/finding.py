"""Finding patients; every search is written down."""

import datetime as dt

from django.db import transaction

from patients.domain.search import parse
from patients.models import Patient
from patients.models.patient import Found
from practice import audit
from practice.domain.grants import Act
from practice.models import Staff

PAGE = 20  # patients on one page of search results


@transaction.atomic
def find(*, text: str, by: Staff, now: dt.datetime) -> Found:
    """The patients of this person's teams whom the text asks for, at most `PAGE` of them. The search is written down.

    Who may not see a BSN cannot search by one either, so that nobody learns in that way that a number is known here.
    """
    query = parse(text) if by.may(Act.REVEAL_BSN) else parse(text).without_bsn()
    found = Patient.objects.visible_to(by).select_related("gp").matching(query, PAGE)
    audit.record(
        by=by,
        event="patients_searched",
        action="E",
        now=now,
        object_type="patients.patient",
        detail=f"found: {len(found.patients)}{' or more' if found.more else ''}",
        query_hash=audit.query_hash(text),
    )
    return found
