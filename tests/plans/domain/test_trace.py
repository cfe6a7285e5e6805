"""Traces as they are kept: every leaf once, and read back as they were."""

import json

from hypothesis import given, settings

from plans.domain.suggest import suggest
from plans.domain.trace import packed, stored, unpacked
from tests.plans.domain.test_laws import answers, found, protocol


@settings(max_examples=20)
@given(answers())
def test_a_packed_trace_reads_back_as_it_was(given_answers) -> None:
    trace = stored(suggest(found(given_answers), protocol()).to_json())
    kept = json.dumps(packed(trace))
    assert unpacked(json.loads(kept)) == json.loads(json.dumps(trace))
    assert len(kept) < len(json.dumps(trace))


def test_a_trace_that_was_stored_whole_reads_as_it_is() -> None:
    trace = stored(suggest({}, protocol()).to_json())
    assert unpacked(trace) == trace
