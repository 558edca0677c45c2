"""What the tests of training share."""

import numpy as np
import pytest

from engine.data.dataset import BatchReader
from engine.nn.arrays import Array, Blocks, Indices
from engine.training.parallel import shard as share


@pytest.fixture
def rows_read(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The rows of every batch that is learned from now on, in order."""
    batches: list[list[int]] = []

    class Recorder(BatchReader):
        def read(self, rows: Indices | slice, out: Array, blocks: Blocks | None = None) -> None:
            stored = np.arange(len(self._pixels))
            batches.append(stored[rows].tolist())
            super().read(rows, out, blocks)

    monkeypatch.setattr(share, "BatchReader", Recorder)
    return batches
