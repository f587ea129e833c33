from __future__ import annotations

import importlib

import pytest

from curate.baselines.methods import METHODS, method_named, settings_for
from curate.baselines.settings import NAMES
from curate.cli.baseline import command, given_settings
from curate.errors import InputError


@pytest.mark.parametrize("name", METHODS)
def test_every_method_has_its_module_and_sound_defaults(name: str) -> None:
    method = METHODS[name]
    module = importlib.import_module(f"curate.baselines.{method.module}")  # needs no library of the extra
    assert hasattr(module, "detector" if method.kind == "one-class" else "run")
    assert set(method.defaults) <= set(NAMES)
    settings = settings_for(name, {})
    assert all(getattr(settings, key) == value for key, value in method.defaults.items())


def test_every_setting_is_an_option_of_the_command() -> None:
    assert set(NAMES) <= {parameter.name for parameter in command.params}
    assert given_settings({"layers": "blocks.2+4, layer3", "epochs": None, "seed": 3}) == {
        "layers": ("blocks.2+4", "layer3")
    }


def test_all_wrong_settings_are_named_at_once() -> None:
    with pytest.raises(InputError) as caught:
        settings_for("patchcore", {"tau": 0.5, "coreset": 1.5, "image_size": 8, "fit": "bend"})
    text = caught.value.message
    assert "--tau means nothing to patchcore, which has --shots, --image-size, --fit" in text
    assert "--coreset is 1.5, expected above 0 and at most 1" in text
    assert "--image-size is 8, expected at least 32" in text
    assert "--fit is 'bend', expected stretch or pad or crop" in text


@pytest.mark.parametrize(
    ("method", "given", "text"),
    [
        ("radl", {"loss": "dice"}, "--loss is 'dice', expected l1 or ce or hce"),
        ("radl", {"noise": (0.2, 0.1)}, "--noise is 0.2,0.1"),
        ("radl", {"tau": 0.0}, "--tau is 0.0, expected above 0"),
        ("unet", {"folds": 1}, "--folds is 1"),
        ("unet", {"overlap": 1.0}, "--overlap is 1.0"),
        ("map-assisted", {"defects": 0}, "--defects is 0"),
        ("pixel-gaussian", {"epochs": 3}, "which has --shots"),
    ],
)
def test_a_wrong_setting_is_refused(method: str, given: dict[str, object], text: str) -> None:
    with pytest.raises(InputError, match=text.replace("(", r"\(").replace(")", r"\)")):
        settings_for(method, given)


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(InputError, match="no method 'paddim'"):
        method_named("paddim")
