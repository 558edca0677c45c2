"""Presets: each can be used, and a wrong name is told with the right one."""

import pytest

from engine.errors import SettingsError
from engine.training.hyperparameters import settings_from
from engine.training.presets import PRESETS, preset


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_can_be_used(name: str) -> None:
    settings = settings_from(preset(name))
    assert PRESETS[name].about
    for setting, value in PRESETS[name].values.items():
        assert getattr(settings, setting) == value


def test_the_seed_preset_is_the_published_benchmark() -> None:
    settings = settings_from(preset("seed"))
    assert settings.hidden == (256,)
    assert (settings.activation, settings.leak) == ("leaky_relu", 0.01)
    assert (settings.initializer, settings.loss) == ("he", "cross_entropy")
    assert (settings.optimizer, settings.learning_rate) == ("sgd", 0.1)
    assert (settings.batch_size, settings.shuffle) == (512, False)
    assert (settings.validation, settings.target_accuracy) == ("test", 0.96)


def test_an_unknown_preset_suggests_the_right_one() -> None:
    with pytest.raises(SettingsError) as caught:
        preset("seeddeep")
    assert caught.value.problems == {
        "preset": "there is no preset 'seeddeep'; did you mean 'seed-deep'"
    }


def test_a_preset_like_no_other_names_all_there_are() -> None:
    with pytest.raises(SettingsError) as caught:
        preset("xyzzy")
    assert all(name in caught.value.problems["preset"] for name in PRESETS)
