"""Everything that changes what the practice keeps."""

import datetime as dt
import logging

from django.db import transaction

from practice.domain import chain
from practice.models import AccessEvent

logger = logging.getLogger(__name__)
SEALED_AT_ONCE = 500


@transaction.atomic
def seal_access_log(*, now: dt.datetime, limit: int = SEALED_AT_ONCE) -> int:
    """Give up to `limit` waiting rows of the access log their place in the hash chain; returns how many.

    The new head goes to the technical log, which is kept elsewhere: removing the newest rows shows against it. Two
    seals at once cannot fork the chain: a place is unique, so the later one fails as a whole and nothing is lost.
    """
    last = AccessEvent.objects.sealed().last()
    place, head = (last.sequence or 0, last.hash) if last else (0, chain.START)
    rows = list(AccessEvent.objects.unsealed()[:limit])
    for row in rows:
        place += 1
        row.sequence, row.prev_hash = place, head
        row.hash = head = chain.seal(place, head, row.content())
    AccessEvent.objects.bulk_update(rows, ["sequence", "prev_hash", "hash"], batch_size=100)
    if rows:
        logger.info("%s access log sealed, head %d:%s", now.isoformat(), place, head)
    return len(rows)
