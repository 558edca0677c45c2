"""Augmentation: which way each change goes, what is kept, and that chance can be repeated."""

import math

import numpy as np
import pytest

from engine.data.augment import FEWEST_GROUPS, GROUP, OFF, Augmentation, Augmenter, Move
from engine.data.dataset import BatchReader, Digits
from engine.nn.arrays import Array, Bytes

ONE_OF_EACH = {"rotation": 8.0, "scale": 0.08, "shear": 0.1, "shift": 1.0, "elastic": 1.0}


def only(name: str) -> Augmentation:
    return Augmentation(**{**dict.fromkeys(ONE_OF_EACH, 0.0), name: ONE_OF_EACH[name]})


def noise(count: int, rows: int = 10, columns: int = 8) -> Digits:
    images = np.random.default_rng(7).integers(0, 256, (count, rows, columns), np.uint8)
    return Digits(images, np.zeros(count, np.uint8))


def copies(image: Bytes, count: int) -> Digits:
    return Digits(np.repeat(image[None], count, axis=0), np.zeros(count, np.uint8))


def dot(row: int, column: int, size: int = 9) -> Bytes:
    image: Bytes = np.zeros((size, size), np.uint8)
    image[row, column] = 255
    return image


def blob(size: int = 28) -> Bytes:
    """A bright disc with soft borders, a little off the middle."""
    y, x = np.mgrid[:size, :size] / size
    disc = 255 * np.exp(-60 * ((y - 0.5) ** 2 + (x - 0.45) ** 2))
    return np.asarray(disc, np.uint8)


def painted(image: Bytes, places: Array) -> Bytes:
    """The image after one known warp."""
    augmenter = augmenter_of(copies(image, 1))
    augmenter.paint(0, places)
    after: Bytes = augmenter.pixels[0].reshape(image.shape)
    return after


def augmenter_of(digits: Digits, by: Augmentation | None = None, seed: int = 0) -> Augmenter:
    change = Augmentation() if by is None else by
    return Augmenter(digits.pixels, digits.images.shape[1:], change, seed)


def moved(image: Bytes, move: Move) -> Bytes:
    return painted(image, move.sources(*image.shape))


def in_epoch(digits: Digits, epoch: int, seed: int = 0, by: Augmentation | None = None) -> Bytes:
    augmenter = augmenter_of(digits, by, seed)
    augmenter.begin(epoch)
    return augmenter.pixels.reshape(digits.images.shape)


def middle_of(image: Bytes) -> tuple[float, float]:
    """The center of the ink: row, column."""
    ink = image / image.sum()
    row, column = np.indices(image.shape)
    return float((row * ink).sum()), float((column * ink).sum())


# One known warp


@pytest.mark.parametrize("shape", [(28, 28), (5, 9), (12, 7), (1, 1), (1, 6)])
def test_a_move_by_nothing_changes_no_pixel(shape: tuple[int, int]) -> None:
    image = noise(1, *shape).images[0]
    np.testing.assert_array_equal(moved(image, Move()), image)


def test_a_move_to_the_right_and_down_brings_in_black_and_loses_what_leaves() -> None:
    image = noise(1).images[0]
    after = moved(image, Move(right=2, down=1))
    np.testing.assert_array_equal(after[1:, 2:], image[:-1, :-2])
    assert not after[0].any()
    assert not after[:, :2].any()


@pytest.mark.parametrize(
    "move", [Move(right=99), Move(right=-99), Move(down=99), Move(down=-99), Move(down=1e6)]
)
def test_ink_that_leaves_altogether_is_lost(move: Move) -> None:
    assert not moved(np.full((6, 4), 255, np.uint8), move).any()


def test_half_a_pixel_shares_the_ink_between_two() -> None:
    # (255·128 + 128) / 256 = 128 for each of the two
    after = moved(dot(4, 4), Move(right=0.5))
    assert after[4].tolist() == [0, 0, 0, 0, 128, 128, 0, 0, 0]
    assert after.sum() == 256


def test_a_quarter_each_way_weighs_four_pixels() -> None:
    # weights 3/4·3/4, 3/4·1/4, 1/4·3/4, 1/4·1/4 of 255, rounded
    after = moved(dot(4, 4), Move(right=0.25, down=0.25))
    assert after[4:6, 4:6].tolist() == [[143, 48], [48, 16]]


@pytest.mark.parametrize(
    ("move", "before", "after"),
    [
        (Move(rotation=90), (4, 7), (1, 4)),  # from the right to the top: anticlockwise
        (Move(rotation=-90), (4, 7), (7, 4)),
        (Move(rotation=180), (1, 2), (7, 6)),
        (Move(shear=0.5), (0, 4), (0, 6)),  # 4 above the middle: 2 to the right
        (Move(shear=0.5), (8, 4), (8, 2)),
        (Move(shear=0.5), (4, 7), (4, 7)),
        (Move(scale=1), (4, 6), (4, 8)),  # twice as far from the middle
        (Move(scale=-0.5), (0, 4), (2, 4)),
        (Move(rotation=90, right=1, down=2), (4, 7), (3, 5)),  # turned first, then shifted
        (Move(rotation=90, shear=0.5), (2, 4), (3, 2)),  # leans to (2, 5), then turns
    ],
)
def test_a_dot_goes_where_the_move_says(
    move: Move, before: tuple[int, int], after: tuple[int, int]
) -> None:
    image = moved(dot(*before), move)
    assert image[after] == 255
    assert np.count_nonzero(image == image.max()) == 1


def test_a_bar_turns_by_the_angle() -> None:
    bar = np.zeros((29, 29), np.uint8)
    bar[13:16, 4:25] = 255
    turned = moved(bar, Move(rotation=8)).astype(float)
    y, x = np.indices(bar.shape) - 14.0
    xx, yy, xy = ((turned * product).sum() for product in (x * x, y * y, -x * y))  # y upwards
    assert math.degrees(0.5 * math.atan2(2 * xy, xx - yy)) == pytest.approx(8, abs=0.2)


def test_a_pixel_takes_from_the_place_it_is_given() -> None:
    image = noise(1, 4, 4).images[0]
    places = np.indices((4, 4)).astype(np.float32)[:, :, ::-1]  # a mirror
    np.testing.assert_array_equal(painted(image, places), image[:, ::-1])


def test_white_stays_white_inside() -> None:
    after = moved(np.full((28, 28), 255, np.uint8), Move(7.3, 0.05, 0.07, 0.4, -0.7))
    assert (after[4:-4, 4:-4] == 255).all()


# A whole set, by chance


def test_strengths_of_nothing_change_no_pixel() -> None:
    digits = noise(3)
    np.testing.assert_array_equal(in_epoch(digits, 5, by=OFF), digits.images)


def test_ink_that_moves_to_a_pixel_that_is_left_out_is_lost() -> None:
    digits = copies(blob(), 3)
    live = np.flatnonzero(np.arange(28 * 28) % 28 < 14)  # the left half
    augmenter = Augmenter(digits.pixels[:, live], (28, 28), only("shift"), 0, live=live)
    moved = in_epoch(digits, 2, by=only("shift"))[0].reshape(-1)
    augmenter.begin(2)
    assert augmenter.pixels.shape == (3, live.size)
    inner = np.arange(28 * 28)[live] % 28 < 11  # what takes nothing from the other half
    np.testing.assert_array_equal(augmenter.pixels[0][inner], moved[live][inner])
    assert moved.any()


def test_the_published_digits_are_not_painted_over() -> None:
    digits = noise(3)
    assert not np.array_equal(in_epoch(digits, 0), digits.images)
    np.testing.assert_array_equal(digits.images, noise(3).images)


def test_an_epoch_can_be_painted_again_whatever_came_between() -> None:
    digits = noise(70)
    augmenter = augmenter_of(digits, seed=3)
    for epoch in (3, 7, 0, 3):
        augmenter.begin(epoch)
    painted_last = augmenter.pixels.reshape(digits.images.shape)
    np.testing.assert_array_equal(painted_last, in_epoch(digits, 3, seed=3))


def test_several_painters_paint_the_same_pictures_together() -> None:
    digits = noise(70)
    canvas = np.zeros_like(digits.pixels)
    shape = digits.images.shape[1:]
    for k in range(3):
        painter = Augmenter(digits.pixels, shape, Augmentation(), 3, canvas=canvas, share=(k, 3))
        painter.begin(5)
    np.testing.assert_array_equal(canvas.reshape(digits.images.shape), in_epoch(digits, 5, seed=3))


def test_a_batch_reads_the_same_picture_in_any_company() -> None:
    augmenter = augmenter_of(noise(140))
    reader = BatchReader(augmenter.pixels, 64)  # made once, before the epoch is painted
    augmenter.begin(2)
    together, alone = np.empty((64, 80), np.float32), np.empty((1, 80), np.float32)
    rows = np.random.default_rng(0).permutation(140)[:64]
    reader.read(rows, together)
    reader.read(rows[50:51], alone)
    np.testing.assert_array_equal(together[50], alone[0])
    assert together.min() >= 0
    assert together.max() <= 1


def test_epochs_seeds_and_groups_draw_different_warps() -> None:
    digits = copies(blob(), 2)  # groups of one
    pictures = [
        in_epoch(digits, 0)[0],
        in_epoch(digits, 1)[0],
        in_epoch(digits, 0, seed=1)[0],
        in_epoch(digits, 0)[1],
        digits.images[0],
    ]
    assert len({picture.tobytes() for picture in pictures}) == len(pictures)


@pytest.mark.parametrize("count", [1, 31, 32, 33, 1000, FEWEST_GROUPS * GROUP + 300])
def test_groups_are_many_not_large_and_hold_every_image_once(count: int) -> None:
    augmenter = augmenter_of(noise(count, 2, 2))
    sizes = [len(members) for members in augmenter.groups.values()]
    assert max(sizes) <= GROUP
    assert len(sizes) >= min(count, FEWEST_GROUPS) // 2
    assert sorted(np.concatenate(list(augmenter.groups.values()))) == list(range(count))


def test_a_group_shares_one_warp_and_is_spread_over_the_whole_set() -> None:
    augmenter = augmenter_of(copies(blob(), 600))
    augmenter.begin(0)
    first, second = augmenter.groups[0], augmenter.groups[1]
    images = augmenter.pixels
    assert (images[first] == images[first[0]]).all()
    assert (images[second[0]] != images[first[0]]).any()
    assert first.min() < 200  # a folder that is sorted by class does not get one warp a class
    assert first.max() > 400


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_each_strength_works_alone(name: str) -> None:
    digits = noise(1)
    assert not np.array_equal(in_epoch(digits, 0, by=only(name)), digits.images)


@pytest.mark.parametrize("name", ["rotation", "scale", "shear"])
def test_what_turns_sizes_or_leans_keeps_the_middle(name: str) -> None:
    for epoch in range(10):
        assert in_epoch(copies(dot(4, 4), 1), epoch, by=only(name))[0, 4, 4] == 255


def test_a_shift_goes_no_farther_than_its_strength_and_uses_it() -> None:
    row, column = middle_of(blob())
    middles = [middle_of(in_epoch(copies(blob(), 1), e, by=only("shift"))[0]) for e in range(40)]
    moves = np.array(middles) - (row, column)
    assert np.abs(moves).max() < 1.05  # 1 pixel, and what rounding adds
    assert (moves.min(axis=0) < -0.8).all()
    assert (moves.max(axis=0) > 0.8).all()
    assert np.abs(moves[:, 0] - moves[:, 1]).max() > 0.5  # each way by its own chance


def test_elastic_moves_places_by_as_many_pixels_as_it_says() -> None:
    # brightness 8·column tells from which column a pixel came
    ramp = np.tile(np.arange(28, dtype=np.uint8) * 8, (28, 1))
    taken = [in_epoch(copies(ramp, 1), e, by=only("elastic"))[0] / 8.0 for e in range(60)]
    bends = (np.array(taken) - ramp / 8.0)[:, 6:-6, 6:-6]
    assert bends.std() == pytest.approx(1.0, rel=0.15)
    assert np.diff(bends, axis=1).std() < 0.3  # neighbors go together


def test_ink_is_roughly_kept() -> None:
    digits = copies(blob(), 1)
    ink = [in_epoch(digits, epoch).mean() for epoch in range(60)]
    assert np.mean(ink) == pytest.approx(digits.images.mean(), rel=0.1)
    assert min(ink) > 0.5 * digits.images.mean()


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (5, 9), (40, 20), (64, 64)])
def test_pictures_may_be_of_any_size(shape: tuple[int, int]) -> None:
    digits = noise(3, *shape)
    images = in_epoch(digits, 0)
    assert images.shape == digits.images.shape
    assert images.dtype == np.uint8
    assert images.any()
