"""Drawn digits: what was asked for, the same each time, laid out as MNIST's."""

import numpy as np
import pytest

from engine.data import idx
from engine.data.bundled import bundled_folder
from engine.data.catalog import BUNDLED, FILES, draw_set, find, load
from engine.data.synthetic import draw, read_styles
from engine.errors import DataError

STYLES = read_styles(bundled_folder() / "styles.json")


def test_every_class_gets_its_share():
    digits = draw(STYLES, 105, seed=0)
    counts = np.bincount(digits.labels, minlength=10)
    assert counts.sum() == 105
    assert set(counts) == {10, 11}


def test_the_same_seed_draws_the_same_digits_and_another_one_others():
    first, again, other = (draw(STYLES, 60, seed) for seed in (3, 3, 4))
    assert first.images.tobytes() == again.images.tobytes()
    assert first.labels.tobytes() == again.labels.tobytes()
    assert first.images.tobytes() != other.images.tobytes()


def test_no_two_drawings_are_alike_unless_they_are_tame():
    digits = draw(STYLES, 200, seed=0)
    assert len({image.tobytes() for image in digits.images}) == 200
    tame = draw(STYLES, 200, seed=0, wildness=0)
    assert len({image.tobytes() for image in tame.images}) <= len(STYLES)


def test_the_wilder_the_further_from_each_other():
    def spread(wildness: float) -> float:
        digits = draw(STYLES, 300, seed=0, wildness=wildness)
        fours = digits.pixels[digits.labels == 4].astype(float)
        return float(fours.std(axis=0).mean())

    assert spread(0.3) < spread(0.7) < spread(1.2)


@pytest.mark.parametrize("wildness", [0.0, 0.9, 1.5])
@pytest.mark.short("0.9")
def test_digits_are_laid_out_as_mnists_are(wildness):
    digits = draw(STYLES, 200, seed=1, wildness=wildness)
    assert digits.images.shape == (200, 28, 28)
    for image in digits.images:
        rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
        assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20  # with its soft edge
        y, x = (np.average(np.arange(28), weights=image.sum(axis=axis)) for axis in (1, 0))
        assert abs(y - 14) <= 0.5
        assert abs(x - 14) <= 0.5
    assert digits.images.max() == 255


def test_the_bundled_files_are_what_the_program_draws():
    stored = load(bundled_folder()).test
    drawn = draw(STYLES, BUNDLED.test, 2 * BUNDLED.seed + 1, BUNDLED.wildness)
    assert stored.labels.tobytes() == drawn.labels.tobytes()
    assert stored.images.tobytes() == drawn.images.tobytes()


def test_the_bundled_set_is_small_and_balanced():
    folder = bundled_folder()
    assert sum((folder / f"{name}.gz").stat().st_size for name in FILES.values()) < 2.6e6
    digits = find("bundled")
    assert (len(digits.train), len(digits.test)) == (12_000, 2_000)
    assert np.bincount(digits.train.labels).tolist() == [1200] * 10


def test_a_tenth_of_the_sevens_is_barred_and_of_the_ones_flagged():
    shares = {style.name: style.share for style in STYLES}
    assert shares["sv_bar"] >= 0.1
    assert shares["o_serif"] >= 0.1


def test_a_drawn_set_can_be_asked_for_by_name():
    digits = find("drawn:60:5:0.5")
    assert digits.name == "drawn:60:5:0.5"
    assert (len(digits.train), len(digits.test)) == (60, 10)
    expected = draw(STYLES, 60, 10, 0.5)
    assert digits.train.images.tobytes() == expected.images.tobytes()


def test_the_test_digits_of_a_drawn_set_are_not_among_its_training_digits():
    digits = find("drawn:120")
    train = {image.tobytes() for image in digits.train.images}
    assert not any(image.tobytes() in train for image in digits.test.images)


@pytest.mark.parametrize(
    "words",
    [
        "",
        ":",
        ":many",
        ":5",
        ":60:-1",
        ":60:0:9",
        ":60:0:nan",
        ":60:0:1:2",
        ":9999999",
        ":1_000",
        ":60::1",
        ":" + "9" * 5000,
    ],
)
def test_a_drawn_set_that_cannot_be_is_refused_with_the_way_to_write_it(words):
    with pytest.raises(DataError, match="drawn:COUNT:SEED:WILDNESS"):
        find(f"drawn{words}")


def test_a_set_can_be_written_and_read_again(tmp_path):
    digits = draw_set(BUNDLED.__class__(train=20, test=10))
    idx.write(tmp_path / "images.gz", digits.train.images)
    assert idx.read_images(tmp_path / "images.gz").tobytes() == digits.train.images.tobytes()


def test_drawing_tells_how_far_it_is():
    heard = []
    find("drawn:60", lambda done, total: heard.append((done, total)))
    assert heard == sorted(heard)
    assert heard[-1] == (70, 70)
