"""Migrations that carry data over, forward from the state before them, on a database with data."""

from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from plans import actions
from plans.models import Plan
from tests.factories.plans import adopted

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def migrated() -> Any:
    """Brings the database to a migration of plans; at the end it is back at the last one."""
    latest = [node for node in MigrationExecutor(connection).loader.graph.leaf_nodes() if node[0] == "plans"]

    def to(*names: str) -> None:
        MigrationExecutor(connection).migrate([("plans", name) for name in names] or latest)

    yield to
    to()


def test_plans_from_before_pauses_were_kept_count_from_their_activation(migrated: Any) -> None:
    running, paused, ended = adopted(), adopted(), adopted()
    actions.pause(plan=paused, by=paused.author, now=timezone.now())
    actions.end(plan=ended, to="completed", reason="", by=ended.author, now=timezone.now())
    migrated("0007_govern_protocols")
    migrated()
    plans = {plan.pk: plan for plan in Plan.objects.all()}
    assert all(plan.counted_from == plan.activated_at for plan in plans.values())
    assert [plans[one.pk].paused_at is not None for one in (running, paused, ended)] == [False, True, False]
