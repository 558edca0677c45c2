"""The order of the images: each is seen once an epoch, in an order the seed decides."""

from collections.abc import Iterator

import numpy as np
import pytest

from engine.data.dataset import Split
from engine.nn.network import Workspace, draw_masks
from engine.training.events import EpochDone, Event
from engine.training.loop import epoch_order, train
from engine.training.parallel import shard as share
from engine.training.run import Run
from tests.engine import tiny

Batches = list[list[int]]


def trained(parts: Split, **values: object) -> Run:
    run = tiny.run_on(parts, **values)
    list(train(run, parts))
    return run


def flat(batches: Batches) -> list[int]:
    return [row for batch in batches for row in batch]


sizes = pytest.mark.parametrize(
    ("images", "batch_size", "lengths"),
    [
        (48, 16, [16, 16, 16]),
        (50, 16, [16, 16, 16, 2]),
        (47, 16, [16, 16, 15]),
        (20, 1, [1] * 20),
        (20, 20, [20]),
        (20, 1000, [20]),
    ],
)


@sizes
def test_every_image_is_seen_exactly_once_an_epoch(
    rows_read: Batches, images: int, batch_size: int, lengths: list[int]
) -> None:
    trained(tiny.split(images), batch_size=batch_size, epochs=2)
    assert [len(batch) for batch in rows_read] == lengths * 2
    for epoch in (rows_read[: len(lengths)], rows_read[len(lengths) :]):
        assert sorted(flat(epoch)) == list(range(images))


@sizes
def test_events_count_the_batches_that_were_really_made(
    images: int, batch_size: int, lengths: list[int]
) -> None:
    parts = tiny.split(images)
    events: Iterator[Event] = train(tiny.run_on(parts, batch_size=batch_size, epochs=1), parts)
    progress = [event for event in events if not isinstance(event, EpochDone)][1:-1]
    assert [event.images for event in progress] == lengths  # type: ignore[union-attr]
    assert [event.batch for event in progress] == list(range(1, len(lengths) + 1))  # type: ignore[union-attr]
    assert {event.batches for event in progress} == {len(lengths)}  # type: ignore[union-attr]


def test_each_epoch_has_an_order_of_its_own(rows_read: Batches) -> None:
    trained(tiny.split(48), epochs=2)
    first, second = flat(rows_read[:3]), flat(rows_read[3:])
    assert first != list(range(48))
    assert first != second


def test_without_shuffle_images_are_taken_as_they_are_stored(rows_read: Batches) -> None:
    trained(tiny.split(40), epochs=2, shuffle=False)
    assert flat(rows_read) == [*range(40), *range(40)]


def test_the_order_is_known_from_seed_and_epoch_alone(rows_read: Batches) -> None:
    trained(tiny.split(40), epochs=2, seed=7)
    for epoch, batches in enumerate((rows_read[:3], rows_read[3:])):
        expected = np.random.default_rng((7, epoch)).permutation(40)
        assert flat(batches) == expected.tolist()


def test_the_announced_order_is_the_one_that_is_taken(rows_read: Batches) -> None:
    parts = tiny.split(40)
    run = tiny.run_on(parts, seed=3)
    announced = epoch_order(run, 40).tolist()
    events = train(run, parts)
    while not isinstance(next(events), EpochDone):
        pass
    assert flat(rows_read) == announced


def test_the_same_seed_ends_with_the_same_bits() -> None:
    parts = tiny.split()
    one, other = (trained(parts, seed=5, dropout=0.3) for _ in range(2))
    assert one.network.theta.tobytes() == other.network.theta.tobytes()


@pytest.mark.parametrize("changed", [{"seed": 6}, {"seed": 5, "shuffle": False}])
def test_another_seed_or_order_ends_elsewhere(changed: dict[str, object]) -> None:
    parts = tiny.split()
    one, other = trained(parts, seed=5), trained(parts, **changed)
    assert one.network.theta.tobytes() != other.network.theta.tobytes()


def test_every_batch_has_dropout_masks_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    masks: list[bytes] = []

    def recorded(
        batch: Workspace, dropout: float, generator: np.random.Generator, first: int, total: int
    ) -> None:
        draw_masks(batch, dropout, generator, first, total)
        masks.append(batch.masks[0].tobytes())

    monkeypatch.setattr(share, "draw_masks", recorded)
    trained(tiny.split(48), dropout=0.5, epochs=3)
    assert len(masks) == len(set(masks)) == 9


def test_the_seed_decides_the_dropout_too() -> None:
    # the same start and order in both: only the masks differ
    parts = tiny.split()
    first, second = tiny.run_on(parts, seed=5), tiny.run_on(parts, seed=6)
    thetas = []
    for run in (first, second):
        run.network.theta[:] = 0.1
        run.hyperparameters = run.hyperparameters.model_copy(
            update={"shuffle": False, "dropout": 0.5}
        )
        list(train(run, parts))
        thetas.append(run.network.theta.tobytes())
    assert thetas[0] != thetas[1]
