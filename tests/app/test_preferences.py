"""What a person prefers: a theme, keys, and files that a key writes."""

import pytest
from textual.theme import BUILTIN_THEMES

from engine.errors import SaveError
from numrec_tui.app import NumrecApp
from numrec_tui.modes.keymap import binding_keys, checked
from numrec_tui.storage.exports import write
from numrec_tui.storage.preferences import Preferences, read, remember_hints, remember_theme
from tests import scripted
from tests.screens.settled import until


@pytest.fixture
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("NUMREC_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def session(tmp_path):
    made = scripted.session(tmp_path / "models")
    yield made
    made.close()


def notes(app: NumrecApp) -> list[str]:
    return [note.message for note in app._notifications]


async def test_theme_and_keys_are_taken_over(session, home, tmp_path):
    file = tmp_path / "preferences.toml"
    file.write_text('theme = "high-contrast"\n[keys]\n"train.step" = "b"\n')
    app = NumrecApp(session, file)
    async with app.run_test(size=(120, 34)) as pilot:
        assert app.theme == "high-contrast"
        await pilot.press("b")
        await until(pilot, lambda: app.mode.report and app.mode.report.state == "paused")
        assert app.mode.report.batch == 1
        assert notes(app) == []


async def test_what_cannot_be_understood_is_told_and_the_rest_holds(session, home, tmp_path):
    file = tmp_path / "preferences.toml"
    file.write_text(
        'theme = "pink"\nsound = 3\n'
        '[keys]\n"train.stepp" = "b"\n"train.step" = "q"\n"train.save" = "f5"\n'
    )
    app = NumrecApp(session, file)
    async with app.run_test(size=(120, 34)):
        told = "\n".join(notes(app))
        assert "no theme 'pink'" in told
        assert "no preference 'sound'" in told
        assert "nothing called 'train.stepp'" in told
        assert "q is the key of app.quit, so train.step keeps its own" in told
        assert len(notes(app)) == 4


async def test_a_theme_that_is_chosen_is_kept_with_a_persons_comments(session, home, tmp_path):
    file = tmp_path / "preferences.toml"
    file.write_text('# mine\ntheme = "nord"\n\n[keys]\n"train.step" = "b" # next to n\n')
    app = NumrecApp(session, file)
    async with app.run_test(size=(120, 34)) as pilot:
        app.theme = "colorblind-safe"
        await pilot.pause()
    assert file.read_text() == (
        '# mine\ntheme = "colorblind-safe"\n\n[keys]\n"train.step" = "b" # next to n\n'
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("theme = ", "is not TOML"),
        ("theme = 3", "theme has to be a name"),
        ("hints = 3", "hints has to be true or false"),
        ("keys = 3", "keys has to be a table"),
        ('[keys]\n"train.step" = 3', "the key of train.step has to be in quotation marks"),
    ],
)
def test_a_wrong_file_is_told_in_a_sentence(tmp_path, text, told):
    (tmp_path / "p.toml").write_text(text)
    preferred = read(tmp_path / "p.toml")
    assert told in preferred.problems[0]
    assert (preferred.theme, preferred.keys) == (None, {})


def test_without_a_file_nothing_is_preferred(tmp_path):
    assert read(tmp_path / "none.toml") == Preferences()


def test_a_theme_is_not_written_into_what_is_no_toml(tmp_path):
    (tmp_path / "p.toml").write_text("theme = ")
    with pytest.raises(SaveError, match="is not TOML"):
        remember_theme(tmp_path / "p.toml", "nord")
    assert (tmp_path / "p.toml").read_text() == "theme = "


def test_that_hints_were_given_is_kept_beside_what_a_person_wrote(tmp_path):
    file = tmp_path / "p.toml"
    file.write_text('theme = "nord" # mine\n[keys]\n"train.step" = "b"\n')
    remember_hints(file)
    assert read(file) == Preferences("nord", {"train.step": "b"}, hints=False)
    assert "# mine" in file.read_text()
    remember_hints(tmp_path / "new.toml")
    assert read(tmp_path / "new.toml") == Preferences(hints=False)


def test_hints_that_a_person_asked_for_stay(tmp_path):
    file = tmp_path / "p.toml"
    file.write_text("hints = true\n")
    remember_hints(file)
    assert file.read_text() == "hints = true\n"


@pytest.mark.parametrize("key", ["ctrl+h", "ctrl+i", "ctrl+m", "ctrl+j", "hyper+x"])
def test_keys_that_no_terminal_sends_are_refused(key):
    good, [problem] = checked({"train.step": key}, NumrecApp)
    assert good == {}
    assert key in problem


def test_two_keys_may_be_exchanged():
    keys = {"train.step": "s", "train.save": "n"}
    assert checked(keys, NumrecApp) == (keys, [])


def test_one_key_for_two_things_is_refused_but_not_in_two_modes():
    good, problems = checked({"train.step": "b", "train.save": "b"}, NumrecApp)
    assert good == {"train.step": "b"}
    assert len(problems) == 1
    everything = binding_keys(NumrecApp)
    assert {"pad.undo", "train.step", "app.quit", "knob.type"} <= everything.keys()
    assert checked({"pad.undo": "f7", "knob.type": "f7"}, NumrecApp)[1] == []


async def test_a_screenshot_is_written_to_a_name_that_is_free(session, home):
    app = NumrecApp(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("S", "S")
        await pilot.pause()
        files = sorted(home.glob("exports/train-*.svg"))
        assert len(files) == 2
        assert all(file.read_text().startswith("<svg") for file in files)
        assert str(files[0]) in "".join(notes(app))


def test_a_name_is_never_given_twice(tmp_path):
    first, second = (write(tmp_path, "a", {".svg": "1", ".csv": "2"}) for _ in range(2))
    assert [file.name for file in first] == ["a.svg", "a.csv"]
    assert [file.name for file in second] == ["a-2.svg", "a-2.csv"]
    assert [file.read_text() for file in second] == ["1", "2"]
    (tmp_path / "b.csv").touch()
    third = write(tmp_path, "b", {".svg": "", ".csv": ""})
    assert [file.name for file in third] == ["b-2.svg", "b-2.csv"]
    assert not (tmp_path / "b.svg").exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SaveError, match="Cannot write to"):
        write(tmp_path / "file", "a", {".svg": ""})


def test_a_full_disk_leaves_no_empty_files(tmp_path, monkeypatch):
    def full(path, content):
        if path.suffix == ".csv":
            raise SaveError(f"Cannot write {path}: No space left on device.")
        path.write_bytes(content)

    monkeypatch.setattr("numrec_tui.storage.exports.write_atomic", full)
    with pytest.raises(SaveError, match="No space"):
        write(tmp_path, "a", {".svg": "1", ".csv": "2"})
    assert list(tmp_path.iterdir()) == []


async def test_our_themes_stand_beside_textuals(session):
    app = NumrecApp(session)
    async with app.run_test(size=(80, 24)):
        assert app.available_themes.keys() >= {"high-contrast", "colorblind-safe", *BUILTIN_THEMES}


@pytest.mark.parametrize("key", ["?", "question_mark", "ctrl+p", ","])
def test_a_key_that_something_else_has_is_refused_however_it_is_written(key):
    good, [problem] = checked({"train.step": key}, NumrecApp)
    assert good == {}
    assert "so train.step keeps its own" in problem


@pytest.mark.parametrize(("written", "name"), [("F5", "f5"), ("!", "exclamation_mark"), ("b", "b")])
def test_a_key_is_known_by_textuals_name(written, name):
    assert checked({"train.step": written}, NumrecApp) == ({"train.step": name}, [])


@pytest.mark.parametrize("text", ["x = " + "9" * 5000, "x = " + "[" * 5000, "#" * 70_000])
def test_endless_text_is_told_in_a_sentence(tmp_path, text):
    (tmp_path / "p.toml").write_text(text)
    assert len(read(tmp_path / "p.toml").problems) == 1


def test_a_name_without_quotation_marks_is_told_how_it_is_written(tmp_path):
    (tmp_path / "p.toml").write_text('[keys]\ntrain.step = "b"\n')
    assert 'write "train.step" = …' in read(tmp_path / "p.toml").problems[0]


async def test_the_file_is_left_alone_while_nothing_is_chosen(session, home, tmp_path):
    file = tmp_path / "preferences.toml"
    file.write_text('theme = "nord"\n')
    before = file.stat().st_mtime_ns
    app = NumrecApp(session, file)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert app.theme == "nord"
    assert file.stat().st_mtime_ns == before
