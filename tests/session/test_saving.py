"""A session saves its runs, and says when it cannot."""

from pathlib import Path

import pytest

from engine.errors import SaveError
from engine.models.safetensors_file import load
from numrec_tui.session import last_resort
from tests import scripted


def test_a_new_run_saves_the_old_one(opened, folder):
    session, watcher = opened()
    session.step()
    session.renew()
    watcher.until(lambda report: report.run == 2)
    assert len(list(folder.glob("*.safetensors"))) == 1


def test_saving_writes_a_model_that_reads_the_same(opened):
    session, watcher = opened()
    session.step()
    session.save()
    report = watcher.until(lambda report: "Saved" in (report.message or ""))
    model = load(Path(report.message.removeprefix("Saved to ")))
    picture = report.validation.pixels[:1] / 255
    assert model.network.probabilities(picture)[0] == pytest.approx(report.reading.probabilities)


def test_there_is_nothing_to_save_before_the_first_batch(opened, folder):
    session, watcher = opened()
    session.save()
    watcher.until(lambda report: "nothing to save" in (report.message or ""))
    assert not folder.exists()


def test_a_save_that_fails_is_told_and_training_can_go_on(opened, folder):
    folder.write_text("a file where the folder should be")
    session, watcher = opened()
    session.step()
    session.save()
    watcher.until(lambda report: (report.message or "").startswith("Not saved"))
    session.start()
    watcher.until(lambda report: report.state == "training")
    folder.unlink()  # so that the run can be saved in the end


def test_a_failed_save_is_never_told_as_a_success(opened, folder):
    session, watcher = opened()
    session.step()
    session.save()
    watcher.until(lambda report: (report.message or "").startswith("Saved"))
    watcher.reports.clear()
    folder.rename(folder.with_name("elsewhere"))
    folder.write_text("a file where the folder should be")
    session.step()
    session.save()
    report = watcher.until(lambda report: report.message is not None)
    assert report.message.startswith("Not saved")
    folder.unlink()


def test_a_run_that_cannot_be_saved_is_given_up_only_on_demand(opened, folder):
    folder.write_text("a file where the folder should be")
    session, watcher = opened()
    session.step()
    session.renew()
    report = watcher.until(lambda report: report.message is not None)
    assert report.message.endswith("Press again to give this run up.")
    assert report.run == 1
    session.renew()
    watcher.until(lambda report: report.run == 2)


def test_closing_tells_when_the_run_could_not_be_saved_and_where_it_is(
    folder, tmp_path, monkeypatch
):
    monkeypatch.setattr(last_resort, "candidates", lambda: iter([tmp_path]))
    folder.write_text("a file where the folder should be")
    session = scripted.session(folder)
    session.step()
    with pytest.raises(SaveError) as caught:
        session.close()
    [elsewhere] = tmp_path.glob("numrec-*")
    assert str(caught.value).endswith(f"--resume {elsewhere} goes on with it.")
    load(elsewhere / last_resort.MODEL)


def test_closing_while_training_saves_the_run(opened, folder):
    session, watcher = opened(**scripted.ENDLESS)
    session.start()
    watcher.until(lambda report: report.train != ())
    said = session.close()
    [saved] = folder.iterdir()
    assert said == f"Saved to {saved}"
    load(saved)
