"""The quick rows of the table of faults: final state, reason, time, and nothing left in the cluster."""

import pytest

from conftest import needs_pods
from faults import early, underway
from faults.stage import Stage

QUICK = [row for row in [*early.ROWS, *underway.ROWS] if row.quick]


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    stage = Stage(tmp_path_factory.mktemp("faults"))
    yield stage
    stage.close()


@needs_pods
@pytest.mark.parametrize("row", QUICK, ids=[row.name for row in QUICK])
def test_a_fault_has_its_state_and_its_reason(stage, row):
    seen = row.play(stage)
    # A machine that is busy with other tests may be slow; what is said and what is left does not depend on that.
    row.within *= 4
    assert not row.mistakes(seen), seen
