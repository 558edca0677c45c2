"""Pictures of every kind: the gray levels come out right, and the digits are found in them."""

import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from engine.data import pictures
from engine.data.bundled import bundled_folder
from engine.data.catalog import load
from engine.data.normalize import normalize
from engine.errors import FormatError
from engine.nn.arrays import Bytes
from tests import photos, scripted

BITS = {12: 24, 40: 32, 52: 32, 56: 32, 108: 32, 124: 32}


def bmp(
    levels: Bytes, header: int = 40, bits: int = 8, top_down: bool = False, rle: bool = False
) -> bytes:
    """A BMP file built by hand; rows are padded to 4 bytes and stored from the bottom."""
    rows, columns = levels.shape
    colors = 2**bits if bits <= 8 else 0
    entry = 3 if header == 12 else 4
    palette = b"".join(
        bytes([round(255 * gray / max(colors - 1, 1))] * 3 + [0])[:entry] for gray in range(colors)
    )
    stored = levels if top_down else levels[::-1]
    lines = [run_lengths(line) if rle else pack_line(line, bits) for line in stored]
    data = b"".join(lines) + (b"\0\1" if rle else b"")
    if header == 12:
        about = struct.pack("<IHHHH", 12, columns, rows, 1, bits)
    else:
        size = len(data)
        height = -rows if top_down else rows
        about = struct.pack(
            "<IiiHHIIiiII", header, columns, height, 1, bits, int(rle), size, 2835, 2835, colors, 0
        ).ljust(header, b"\0")
    offset = 14 + len(about) + len(palette)
    return struct.pack("<2sIHHI", b"BM", offset + len(data), 0, 0, offset) + about + palette + data


def pack_line(line: Bytes, bits: int) -> bytes:
    if bits == 16:  # 5 bits a color
        fifth = (line.astype(np.uint16) >> 3).astype("<u2")
        packed = (fifth << 10 | fifth << 5 | fifth).astype("<u2").tobytes()
    elif bits > 8:
        packed = np.repeat(line, bits // 8).tobytes()
    else:
        spread = np.unpackbits((line >> (8 - bits))[:, None], axis=1)[:, 8 - bits :]
        packed = np.packbits(spread.ravel()).tobytes()
    return packed + bytes(-len(packed) % 4)


def run_lengths(line: Bytes) -> bytes:
    return b"".join(bytes([1, value]) for value in line.tolist()) + b"\0\0"


@pytest.fixture
def digit() -> Bytes:
    """A bundled digit, white on black."""
    return load(bundled_folder()).test.images[0]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "picture"


@pytest.mark.parametrize("top_down", [False, True])
@pytest.mark.parametrize("header", [40, 52, 56, 108, 124])
def test_an_8_bit_bmp_reads_to_its_very_pixels_whatever_its_header(file, digit, header, top_down):
    file.write_bytes(bmp(digit, header, top_down=top_down))
    assert np.array_equal(pictures.read(file), digit)


def test_the_seeds_bmp_feeds_the_same_numbers_as_in_the_seed(file, digit):
    content = bmp(digit, header=124)
    file.write_bytes(content)
    offset = struct.unpack_from("<I", content, 10)[0]
    rows = np.frombuffer(content, np.uint8, 784, offset).reshape(28, 28)
    assert np.array_equal(pictures.as_is(pictures.read(file), file), rows[::-1])


@pytest.mark.parametrize(("bits", "off"), [(1, 127), (4, 15), (16, 8), (24, 0), (32, 0)], ids=str)
def test_a_bmp_of_other_depths_is_as_exact_as_its_depth_allows(file, digit, bits, off):
    file.write_bytes(bmp(digit, bits=bits))
    assert np.abs(pictures.read(file).astype(int) - digit).max() <= off


@pytest.mark.parametrize("bits", [8, 24])
def test_the_bmp_of_os2_with_its_header_of_12_bytes(file, digit, bits):
    file.write_bytes(bmp(digit, header=12, bits=bits))
    assert np.array_equal(pictures.read(file), digit)


def test_a_run_length_bmp(file, digit):
    file.write_bytes(bmp(digit, rle=True))
    content = bytearray(file.read_bytes())
    content[30] = 1  # BI_RLE8
    file.write_bytes(content)
    assert np.array_equal(pictures.read(file), digit)


def test_a_bmp_with_bits_that_do_not_exist_is_refused_in_a_sentence(file, digit):
    content = bytearray(bmp(digit))
    content[28] = 7
    file.write_bytes(content)
    with pytest.raises(FormatError, match="expected a whole BMP, PNG"):
        pictures.read(file)


def test_an_inverted_palette_is_obeyed(file, digit):
    """The seed took the index for the gray level, and saw a negative."""
    picture = Image.fromarray(digit).convert("P")
    picture.putpalette([255 - level // 3 for level in range(768)])
    picture.save(file, "PNG")
    assert np.array_equal(pictures.read(file), 255 - digit)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_a_png_of_every_mode(file, digit, mode):
    digit = np.where(digit > 127, 255, 0).astype(np.uint8)
    if mode == "I;16":
        picture = Image.fromarray(digit.astype(np.uint16) * 257)
    else:
        picture = Image.fromarray(digit).convert(mode)
    picture.save(file, "PNG")
    assert np.array_equal(pictures.read(file), digit)


def test_16_bits_keep_their_upper_8(file):
    levels = np.array([[0, 257, 32896, 65535]], np.uint16)
    Image.fromarray(levels).save(file, "PNG")
    assert pictures.read(file).tolist() == [[0, 1, 128, 255]]


@pytest.mark.parametrize(("name", "mode"), [("JPEG", "L"), ("JPEG", "RGB"), ("JPEG", "CMYK")])
def test_a_jpeg_of_every_mode(file, digit, name, mode):
    Image.fromarray(digit).convert("RGB").convert(mode).save(file, name, quality=100)
    assert np.abs(pictures.read(file).astype(int) - digit).max() < 12


def test_of_an_animation_the_first_frame_is_taken(file, digit):
    first, second = Image.fromarray(digit), Image.fromarray(255 - digit)
    for kind in ("GIF", "WEBP"):
        lossless = {"lossless": True} if kind == "WEBP" else {}
        first.save(file, kind, save_all=True, append_images=[second], **lossless)
        assert np.array_equal(pictures.read(file), digit)


def test_a_photo_is_turned_upright(file):
    levels = np.zeros((10, 20), np.uint8)
    levels[:, :10] = 200
    exif = Image.Exif()
    exif[0x0112] = 6  # its right side is up: turn it by 90 degrees
    Image.fromarray(levels).save(file, "JPEG", exif=exif, quality=100)
    upright = pictures.read(file)
    assert upright.shape == (20, 10)
    assert upright[2, 5] > 150 > upright[17, 5]


@pytest.mark.parametrize("ink", [0, 255])
def test_ink_on_nothing_is_seen_whether_it_is_dark_or_light(file, digit, ink):
    color = Image.new("L", (28, 28), ink)
    color.putalpha(Image.fromarray(digit))
    color.save(file, "PNG")
    assert np.array_equal(pictures.find_digits(pictures.read(file)), digit[None])


@pytest.mark.parametrize(("ink", "seen", "paper"), [(257, 1, 255), (65535, 255, 0)])
def test_of_16_bits_one_level_may_mean_nothing(file, digit, ink, seen, paper):
    levels = np.where(digit > 127, ink, 32896).astype(np.uint16)
    Image.fromarray(levels).save(file, "PNG", transparency=32896)
    assert np.array_equal(pictures.read(file), np.where(digit > 127, seen, paper))


def test_a_digit_of_the_right_size_stays_as_it_is(digit):
    assert np.array_equal(pictures.one_digit(digit), digit)
    assert np.array_equal(pictures.find_digits(digit), digit[None])
    assert np.array_equal(pictures.find_digits(255 - digit), digit[None])


def enlarged(digit: Bytes, times: int) -> Bytes:
    size = (28 * times, 28 * times)
    return np.asarray(Image.fromarray(digit).resize(size, Image.Resampling.BICUBIC))


@pytest.mark.parametrize("times", [2, 5, 20, 60])
@pytest.mark.parametrize("dark", [True, False])
@pytest.mark.short("True-2", "False-5", "True-60")
def test_the_size_of_a_picture_does_not_matter(digit, times, dark):
    large = enlarged(digit, times)
    (found,) = pictures.find_digits(255 - large if dark else large)
    assert np.abs(found.astype(int) - digit).mean() < 12


@pytest.mark.parametrize("margin", [0, 4, 8])
@pytest.mark.parametrize("dark", [True, False])
@pytest.mark.short("True-0", "False-4")
def test_a_digit_that_is_cut_out_closely_is_found(margin, dark):
    """Then there is no paper beside its outer strokes, and they could be taken for paper."""
    for digit in one_of_each_class():
        large = enlarged(digit, 10)
        rows, columns = (np.flatnonzero((large > 100).any(axis=axis)) for axis in (1, 0))
        high, wide = (slice(ink[0] - margin, ink[-1] + 1 + margin) for ink in (rows, columns))
        cut = large[high, wide]
        (found,) = pictures.find_digits(255 - cut if dark else cut)
        assert np.corrcoef(found.ravel(), digit.ravel())[0, 1] > 0.6  # it may lie a pixel aside


def one_of_each_class() -> Bytes:
    digits = load(bundled_folder()).test
    return digits.images[np.unique(digits.labels, return_index=True)[1]]


def page(digits: Bytes, places: list[tuple[int, int]]) -> Bytes:
    """Dark digits of 84 pixels on a gray page, each with its upper left corner at a place."""
    sheet: Bytes = np.full((300, 600), 210, np.uint8)
    for digit, (top, left) in zip(digits, places, strict=True):
        sheet[top : top + 84, left : left + 84] -= enlarged(digit, 3) // 3 * 2
    return sheet


def test_several_digits_come_line_by_line_from_left_to_right():
    digits = load(bundled_folder()).test.images[:5]
    sheet = page(digits, [(10, 20), (30, 220), (5, 430), (150, 40), (170, 300)])
    found = pictures.find_digits(sheet)
    assert len(found) == 5
    for one, digit in zip(found, digits, strict=True):
        assert np.abs(one.astype(int) - digit).mean() < 15


def test_the_bar_of_a_five_may_be_apart():
    sheet = np.full((200, 200), 230, np.uint8)
    sheet[40:50, 80:130] = 30
    sheet[56:100, 80:90] = 30
    sheet[95:105, 80:130] = 30
    sheet[95:150, 120:130] = 30
    assert len(pictures.find_digits(sheet)) == 1


def test_all_ink_is_one_digit_where_one_is_asked_for():
    digits = load(bundled_folder()).test.images[:2]
    one = pictures.one_digit(page(digits, [(10, 20), (10, 120)]))
    columns = np.flatnonzero(one.any(axis=0))
    assert np.ptp(columns) + 1 == 20  # two digits side by side are wider than high


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (28, 28), (300, 400)])
@pytest.mark.parametrize("level", [0, 130, 255])
def test_an_empty_sheet_has_no_digit(shape, level):
    sheet = np.full(shape, level, np.uint8)
    assert pictures.find_digits(sheet).shape == (0, 28, 28)
    assert not pictures.one_digit(sheet).any()


def test_mere_noise_has_no_digit():
    draw = np.random.default_rng(1)
    sheet = np.clip(draw.normal(200, 8, (480, 640)), 0, 255).astype(np.uint8)
    assert len(pictures.find_digits(sheet)) == 0


def test_a_gradient_has_no_digit():
    assert len(pictures.find_digits(np.tile(np.arange(256, dtype=np.uint8), (200, 1)))) == 0


def test_a_hair_of_a_pen_comes_out_as_broad_as_mnists():
    sheet = np.full((600, 600), 240, np.uint8)
    sheet[100:500, 300:303] = 40
    (found,) = pictures.find_digits(sheet)
    assert 2 <= (found.sum(axis=1, dtype=int) / 255).max() <= 3


def test_what_has_28_by_28_pixels_passes_untouched(file):
    gray = scripted.drawn_digits(1).images[0]
    assert pictures.as_is(gray, file) is gray
    with pytest.raises(FormatError, match=r"28 x 28 pixels, .* found 10 x 12 pixels"):
        pictures.as_is(np.zeros((10, 12), np.uint8), file)


@pytest.mark.parametrize("slant", [0, 10, 40])
@pytest.mark.parametrize("thick", [20, 30, 45])
def test_a_one_of_a_single_thick_stroke_is_not_taken_for_a_sheet(thick, slant):
    """It fills its box as paper does, and its soft edges would be the ink on that paper."""
    picture = Image.new("L", (400, 300), 255)
    drawn = ImageDraw.Draw(picture)
    drawn.line((100 + slant, 50, 100 - slant, 250), fill=0, width=thick)
    drawn.ellipse((220, 60, 340, 240), outline=0, width=thick)
    soft = picture.filter(ImageFilter.GaussianBlur(6))
    one, zero = pictures.find_digits(np.asarray(soft))
    assert np.ptp(np.flatnonzero(one.any(axis=0))) < np.ptp(np.flatnonzero(zero.any(axis=0)))


def test_a_row_of_digits_on_a_strip_of_paper_is_read():
    """A strip is as narrow as a one, but it lies across."""
    row = np.concatenate(list(load(bundled_folder()).test.images[:5]), axis=1)
    table = np.full((480, 640), 90, np.uint8)
    table[190:290, 70:570] = 235
    table[190:290, 70:570] -= np.asarray(Image.fromarray(row).resize((500, 100))) // 4 * 3
    assert len(pictures.find_digits(table)) == 5


@pytest.mark.parametrize("digit", range(10))
@pytest.mark.short("[3]", "[8]")
def test_a_sheet_on_a_table_is_not_taken_for_the_ink(digit):
    photo = next(photo for photo in photos.PHOTOS if photo.name == "table")
    sheet = np.asarray(photos.paint(replace(photo, digit=digit), number=1).convert("L"))
    alone = np.asarray(photos.paint(replace(photo, digit=digit, table=None, turned=0), 1))[:, :, 0]
    (found,), (wanted,) = pictures.find_digits(sheet), pictures.find_digits(alone)
    turned = np.asarray(Image.fromarray(wanted).rotate(photo.turned, Image.Resampling.BICUBIC))
    assert np.corrcoef(found.ravel(), turned.ravel())[0, 1] > 0.7


@pytest.mark.mnist
@pytest.mark.parametrize("count", [20, 100])
@pytest.mark.short("20")
def test_real_digits_stay_themselves_after_a_detour_over_a_large_picture(mnist, count):
    for digit in mnist.test.images[:count]:
        found = pictures.one_digit(255 - enlarged(digit, 5))
        assert np.abs(found.astype(int) - normalize(digit[None])[0]).mean() < 30


def symbol(*strokes, width=5):
    """Black strokes on white paper, 128 x 128."""
    picture = Image.new("L", (128, 128), 255)
    pen = ImageDraw.Draw(picture)
    for stroke in strokes:
        pen.line(stroke, fill=20, width=width)
    return picture


@pytest.mark.parametrize("touches", [True, False])
def test_a_bar_that_does_not_touch_its_stem_leaves_the_stem_what_it_is(touches):
    stem, top = (30, 15, 30, 110), (30, 15, 100, 20)
    middle = (30 if touches else 40, 60, 90, 66)
    found = pictures.one_digit(np.asarray(symbol(stem, top, middle)))
    # the stem is as high as the whole symbol: 20 of 28 rows have ink
    assert np.count_nonzero(found.any(axis=1)) >= 19


def test_a_face_in_a_ring_keeps_the_ring():
    picture = symbol((50, 75, 64, 82, 78, 75), (52, 45, 52, 54), (76, 45, 76, 54))
    ImageDraw.Draw(picture).ellipse((24, 20, 104, 104), outline=20, width=5)
    found = pictures.one_digit(np.asarray(picture))
    assert np.count_nonzero(found.any(axis=0)) >= 19
    assert found[12:16, 12:16].sum() < found.sum() / 10  # its ink is at the edge
    assert len(pictures.find_digits(np.asarray(picture))) == 1


@pytest.mark.parametrize("turn", [0, 7])
def test_the_edge_of_a_sheet_around_a_digit_is_still_no_ink(turn):
    picture = symbol((60, 40, 60, 88))
    ImageDraw.Draw(picture).rectangle((20, 16, 108, 112), outline=60, width=2)
    found = pictures.one_digit(np.asarray(picture.rotate(turn, fillcolor=255)))
    rows, columns = np.nonzero(found > 60)
    assert np.ptp(columns) < 9  # the stroke alone
    assert np.ptp(rows) >= 15
