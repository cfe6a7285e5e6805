"""Runs a draft of a protocol over the completed intakes, in the background, beside the version in use."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks import task

from intake.domain.findings import findings_from_json
from intake.models import Intake, QuestionnaireVersion
from patients.policies import Refused
from plans.domain.outcome import Moved
from plans.domain.replay import Comparison
from plans.models import MovedIntake, ProtocolVersion, Replay
from plans.policies import check_replay
from practice import audit
from practice.models import Staff

SILENT = dt.timedelta(minutes=5)  # far longer than any chunk takes
CHUNK = 250  # intakes that are read, compared and written down at once

Row = tuple[Any, Any, int]  # an intake's id, its findings and the id of its questionnaire


@transaction.atomic
def ask_replay(*, version: ProtocolVersion, by: Staff, now: dt.datetime) -> Replay:
    """Have a draft run over all completed intakes. Raises `Refused` while one is running."""
    version = ProtocolVersion.objects.select_for_update().get(pk=version.pk)
    against = ProtocolVersion.objects.filter(code=version.code, status="published").first()
    check_replay(version)
    if against is None:
        raise Refused(_("There is no version in use to compare this draft with."))
    replay = Replay.objects.create(
        version=version, against=against, content_hash=version.content_hash, by=by, asked_at=now
    )
    run_replay.enqueue(str(replay.pk))
    _log(replay, "replay_asked", by=by, now=now)
    return replay


@transaction.atomic
def cancel_replay(*, replay: Replay, by: Staff, now: dt.datetime) -> None:
    """Stop a replay that waits or runs; what it found so far stays."""
    if not Replay.objects.open().filter(pk=replay.pk).update(status="cancelled", finished_at=now):
        raise Refused(_("This replay is over already."))
    _log(replay, "replay_cancelled", by=by, now=now)


def _log(replay: Replay, event: str, *, by: Staff, now: dt.datetime) -> None:
    audit.record(by=by, event=event, action="E", now=now, object_type="replay", object_id=replay.pk)


@task()
def run_replay(replay_id: str) -> None:
    """The job: from waiting to done, unless it is cancelled meanwhile. A replay that is not waiting is left alone."""
    if not Replay.objects.filter(pk=replay_id, status="waiting").update(status="running", started_at=timezone.now()):
        return
    replay = Replay.objects.select_related("version", "against").get(pk=replay_id)
    try:
        _run(replay)
    except Exception:
        _finish(replay, "failed")
        raise


def _run(replay: Replay) -> None:
    """Compare chunk by chunk; each chunk is kept before the next one is read."""
    comparison = Comparison(replay.against.protocol, replay.version.protocol)
    questionnaires = {row.pk: row.questionnaire for row in QuestionnaireVersion.objects.all()}
    intakes = completed_intakes(replay.version)
    Replay.objects.filter(pk=replay.pk).update(total=intakes.count())
    counts: Counter[str] = Counter()
    for chunk in chunks(intakes):
        found = []
        for pk, stored, questionnaire in chunk:
            moved = comparison.moved(findings_from_json(stored, questionnaires[questionnaire]))
            if moved:
                found.append(_moved_intake(replay, pk, moved))
                counts.update({one.shift.value for one in moved})
        if not _keep(replay, found, len(chunk), counts):
            return
    _finish(replay, "done")


def _moved_intake(replay: Replay, intake: Any, moved: tuple[Moved, ...]) -> MovedIntake:
    return MovedIntake(
        replay=replay,
        intake_id=intake,
        gravest=moved[0].shift.rank,
        shifts=f" {' '.join(sorted({one.shift.value for one in moved}))} ",
        moved=[one.to_json() for one in moved],
    )


def completed_intakes(version: ProtocolVersion) -> QuerySet[Intake]:
    """The intakes that a version of a protocol is about."""
    return Intake.objects.filter(status="completed", region__in=version.regions)


def chunks(intakes: QuerySet[Intake]) -> Iterator[list[Row]]:
    """The intakes, a chunk at a time, without a cursor that stays open."""
    rows = intakes.order_by("pk").values_list("pk", "frozen_findings", "questionnaire_version_id")
    chunk = list(rows[:CHUNK])
    while chunk:
        yield chunk
        chunk = list(rows.filter(pk__gt=chunk[-1][0])[:CHUNK])


@transaction.atomic
def _keep(replay: Replay, found: list[MovedIntake], number: int, counts: Counter[str]) -> bool:
    """Keep what a chunk gave; whether the replay still goes on. Intakes that were completed meanwhile count as well."""
    MovedIntake.objects.bulk_create(found)
    running = Replay.objects.filter(pk=replay.pk, status="running")
    running.filter(total__lt=F("done") + number).update(total=F("done") + number)
    kept = {"done": F("done") + number, "moved": F("moved") + len(found), "counts": dict(counts)}
    return bool(running.update(**kept, seen_at=timezone.now()))


def end_silent_replays(*, now: dt.datetime) -> int:
    """Call those replays failed whose worker is gone, so that another can be asked for. Gives how many there were."""
    return Replay.objects.silent_since(now - SILENT).update(status="failed", finished_at=now)


def _finish(replay: Replay, status: str) -> None:
    Replay.objects.filter(pk=replay.pk, status="running").update(status=status, finished_at=timezone.now())
