from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from curate.baselines.devices import to_batch
from curate.baselines.features import chosen_layers
from curate.baselines.libraries import library
from curate.baselines.views import NetworkView
from curate.baselines.weights import find_weights, read_state
from curate.errors import InputError, MissingError
from tests.baselines.networks import QUIET, torch_or_skip

torch = torch_or_skip()
timm = library("timm")
pytestmark = QUIET
LITE = "tf_efficientnet_lite0"


def test_the_packaged_weights_name_a_known_picture() -> None:
    data = pytest.importorskip("skimage.data")
    weights = find_weights(LITE)
    network = timm.create_model(LITE, pretrained=False).eval()
    weights.load(network)
    batch = weights.normalised(to_batch([NetworkView(224, "crop").prepare(data.chelsea())], "cpu"))
    with torch.no_grad():
        best = network(batch)[0].topk(3).indices.tolist()
    assert set(best) & {281, 282, 285}  # tabby, tiger cat, Egyptian cat
    assert weights.sha256.startswith("579344248a93e230")


def test_a_file_is_strict_and_offline(tmp_path: Path) -> None:
    state = timm.create_model("resnet18", pretrained=False).state_dict()
    torch.save(state, tmp_path / "whole.pth")
    said: list[str] = []
    weights = find_weights("resnet18", str(tmp_path / "whole.pth"), said.append)
    assert (weights.source, said) == ("whole.pth", [])
    assert weights.mean == (0.485, 0.456, 0.406)
    part = timm.create_model("resnet18", pretrained=False, features_only=True, out_indices=[1])
    weights.load(part)
    assert torch.equal(part.state_dict()["conv1.weight"], state["conv1.weight"])
    library("safetensors.torch").save_file(state, tmp_path / "whole.safetensors")
    again = find_weights("resnet18", str(tmp_path / "whole.safetensors"))
    assert torch.equal(again.state["fc.bias"], state["fc.bias"])

    lacking = {name: tensor for name, tensor in state.items() if name != "fc.bias"} | {"head.bias": state["fc.bias"]}
    torch.save({**lacking, "conv1.weight": torch.zeros(1)}, tmp_path / "other.pth")
    with pytest.raises(InputError) as caught:
        find_weights("resnet18", str(tmp_path / "other.pth"))
    text = caught.value.message
    assert "lacks: fc.bias" in text
    assert "holds what is no part of it: head.bias" in text
    assert "has other shapes: conv1.weight" in text


def test_files_that_hold_more_than_tensors_are_not_opened(tmp_path: Path) -> None:
    torch.save(Path("anything"), tmp_path / "object.pth")  # a pickled object, which could run code
    with pytest.raises(InputError, match="cannot be read as weights"):
        read_state(tmp_path / "object.pth")
    (tmp_path / "text.pth").write_text("no weights")
    with pytest.raises(InputError, match="cannot be read as weights"):
        read_state(tmp_path / "text.pth")
    torch.save({"epoch": 3}, tmp_path / "number.pth")
    with pytest.raises(InputError, match="something else than named tensors"):
        read_state(tmp_path / "number.pth")
    with pytest.raises(MissingError):
        find_weights(LITE, str(tmp_path / "absent.pth"))


def test_a_download_is_announced_before_it_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    create = timm.create_model

    def watched(name: str, *, pretrained: bool = False, **more: object) -> object:
        if pretrained:
            order.append("download")
            raise OSError("no network here")
        return create(name, pretrained=False, **more)

    monkeypatch.setattr(timm, "create_model", watched)
    with pytest.raises(InputError, match=r"could not be had from https://huggingface.co/timm/resnet18") as caught:
        find_weights("resnet18", say=order.append)
    assert "resnet18 from https://huggingface.co/timm/resnet18" in order[0]
    assert "about 47 MB" in order[0]  # 11.7 million numbers of 4 bytes
    assert order[1:] == ["download"]
    assert "--weights" in caught.value.hint


def test_unknown_names_are_refused_with_what_there_is() -> None:
    with pytest.raises(InputError, match="timm knows no backbone 'resnet19'; near it: "):
        find_weights("resnet19")
    with pytest.raises(InputError, match=r"--layers names blocks.9; tf_efficientnet_lite0 has blocks.0, blocks.1"):
        chosen_layers(LITE, ["blocks.2", "blocks.9"], 256)
    with pytest.raises(InputError, match="no layers of resnet34 were named"):
        chosen_layers("resnet34", [], 256)
    assert chosen_layers(LITE, ["blocks.4", "blocks.2"], 64) == ("blocks.2", "blocks.4")
    assert chosen_layers(LITE, ["blocks.2+4"], 256) == ("blocks.2", "blocks.4")
    assert chosen_layers(LITE, [], 192) == ("blocks.2", "blocks.4")
    assert chosen_layers(LITE, [], 191) == ("blocks.1", "blocks.2", "blocks.4")


def test_inputs_are_normalised_as_the_networks_were_trained() -> None:
    weights = find_weights(LITE)
    normalised = weights.normalised(torch.tensor(np.full((1, 3, 2, 2), 1.0, np.float32)))
    assert float(normalised[0, 0, 0, 0]) == pytest.approx(1.0)  # (255 - 127) / 128
