"""Orders of drawn plants, day by day, against the truth: right, or a finding names the series."""

from __future__ import annotations

from itertools import pairwise

import pytest

from curate.importing.one_series import Rules
from curate.importing.plan import Plan, plan_import
from curate.importing.user_metadata import UserMetadata
from curate.model.capture import PLACED_BY_NOTHING, Capture
from curate.model.evidence import Sighting
from tests.importing.plant import TrueShot, plant

ALWAYS_SAID = {"CUR707", "CUR708", "CUR709", "CUR721"}
"""What is said of several cameras, pauses, equal times and names: no excuse for a camera's own order."""


def imported(sightings: list[Sighting], before: Plan | None, reorder: bool = False) -> Plan:  # noqa: FBT001, FBT002
    rows = list(before.rows["main"]) if before else []
    rules = Rules(UserMetadata(), reorder=reorder)
    return plan_import(sightings, rows, {row.frame for row in rows}, rules, standing=before.standing if before else {})


def wrong_pairs(rows: list[Capture], truth: list[TrueShot]) -> list[tuple[str, str]]:
    """Neighbours of one camera that were shot the other way round, frames that were set apart left out."""
    moments = {shot.sighting.sha256: (shot.camera, shot.moment) for shot in truth}
    wrong = []
    for camera in {shot.camera for shot in truth if shot.moment}:
        mine = [row for row in rows if moments[row.sha256][0] == camera and row.ordered_by != PLACED_BY_NOTHING]
        timed = [(moments[row.sha256][1], row.source) for row in mine]
        wrong += [(a[1], b[1]) for a, b in pairwise(timed) if a[0] and b[0] and b[0] < a[0]]
    return wrong


@pytest.mark.parametrize("seed", range(150))
def test_day_by_day_the_order_is_right_or_a_finding_says_what_is_open(seed: int) -> None:
    truth = plant(seed)
    plan: Plan | None = None
    for day in range(4):
        todays = [shot.sighting for shot in truth if shot.day == day]
        if not todays:
            continue
        before = [row.frame for row in plan.rows["main"]] if plan else []
        plan = imported(todays, plan)
        rows = list(plan.rows["main"])
        assert [row.frame for row in rows if row.frame in set(before)] == before
        findings = [finding for finding in plan.standing["main"].findings if finding.code not in ALWAYS_SAID]
        assert findings or not wrong_pairs(rows, truth), wrong_pairs(rows, truth)[:3]
