"""A draft protocol replayed over 10,000 past intakes, database included: read, compare, write what changes.

The intakes are made up at random and kept as completed; a few hundred different ones stand for all. Two drafts: a usual
one, with two changed red-flag rules and an advice that goes, and one in which every derived finding is new, so that
each intake is worked out in full by both versions. One process, in its processor time, so that a busy machine counts
less; the wall time stands beside it.
"""

import random
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, process_time
from typing import Any
from uuid import UUID

from django.core.management import call_command
from django.utils import timezone

from benchmarks.figures import Figure
from benchmarks.suggestion import made_up
from intake.domain.findings import derive
from intake.models import Intake, QuestionnaireVersion
from plans.actions import governing, replaying
from plans.domain.editing import PlacedRule, placed_rule, with_rule, without_rule
from plans.domain.protocol import compose
from plans.models import ProtocolVersion, Replay
from practice.models import Staff
from tests.factories.patients import EpisodeFactory

ROOT = Path(__file__).resolve().parent.parent
INTAKES, DIFFERENT = 10_000, 500
GOAL = 30


def measure(seed: int) -> Iterator[Figure]:
    """Seconds for 10,000 intakes, and how many of them would get another suggestion."""
    call_command("migrate", verbosity=0)
    call_command("load_content", verbosity=0)
    by = Staff.objects.create_user("bench@example.org", None, name="Bench")
    keep_intakes(by, seed)
    for name, change in (("a usual draft", usual), ("a draft with new derived findings", derived)):
        seconds, wall, replay = replayed(change, by)
        yield Figure(f"{name}, {replay.moved:,} of {replay.done:,} otherwise", seconds, "s", GOAL, "lower")
        yield Figure("the same on the clock", wall, "s", None, "lower")


def keep_intakes(by: Staff, seed: int) -> None:
    """Completed intakes of one made-up patient, straight into the database."""
    version = QuestionnaireVersion.objects.get(code="low_back", status="published")
    chance = random.Random(seed)
    findings = [
        derive(*made_up(version.questionnaire, chance), version.questionnaire).to_json() for _ in range(DIFFERENT)
    ]
    episode = EpisodeFactory()
    now = timezone.now()
    kept = {
        "episode": episode,
        "questionnaire_version": version,
        "author": by,
        "status": "completed",
        "date": now.date(),
    }
    kept |= {"started_at": now, "completed_at": now, "completed_by": by, "region": "low"}
    Intake.objects.bulk_create(
        [
            Intake(id=UUID(int=chance.getrandbits(128)), frozen_findings=findings[number % DIFFERENT], **kept)
            for number in range(INTAKES)
        ],
        batch_size=500,
    )


def usual(content: dict[str, Any]) -> dict[str, Any]:
    """Two red flags become more urgent, one advice goes."""
    for code in ("cancer_history_any", "tumour_weight_loss_alone"):
        placed = placed_rule(content, code)
        urgent = {**placed.content, "conclude": {"red_flag": "tumour", "urgency": "emergency"}}
        content = with_rule(content, PlacedRule(placed.group, urgent))
    return without_rule(content, "advice_stress_and_pain")


def derived(content: dict[str, Any]) -> dict[str, Any]:
    """Every derived finding is called otherwise: nothing can be taken over from the version in use."""
    new = [{**one, "label": {"nl": "Anders", "en": "Otherwise"}} for one in content["derived"]["derived"]]
    return {**content, "derived": {"derived": new}}


def replayed(change: Any, by: Staff) -> tuple[float, float, Replay]:
    """The seconds of a processor that the job took, those on the clock, and the replay."""
    now = timezone.now()
    in_use = ProtocolVersion.objects.get(status="published")
    draft = governing.draft_protocol(of=in_use, by=by, now=now)
    protocol = compose(change(draft.content))
    draft.content, draft.content_hash = protocol.content, protocol.hash
    draft.save(update_fields=["content", "content_hash"])
    replay = replaying.ask_replay(version=draft, by=by, now=now)
    start, clock = process_time(), perf_counter()
    replaying.run_replay.call(str(replay.pk))
    seconds, wall = process_time() - start, perf_counter() - clock
    replay.refresh_from_db()
    return seconds, wall, replay
