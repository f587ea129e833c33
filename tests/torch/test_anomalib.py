"""The data module and the evaluator with anomalib itself; the whole chain trains and tests a model on the CPU."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curate.datasets.dataset import read_dataset
from curate.datasets.defects_config import format_defects_config
from curate.errors import InputError, MissingError
from curate.evaluate import evaluate_submission
from curate.imaging.images import write_png
from curate.model.defect import DefectEntry, Saturation
from curate.submission.options import SubmissionOptions
from curate.submission.run import make_submission
from curate.submissions.predictions import read_arrays, save_predictions
from tests.baselines.networks import QUIET, torch_or_skip

torch = torch_or_skip()
pytestmark = QUIET

WIDTH, HEIGHT = 40, 28


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two categories; defective images have two regions with thresholds of their own."""
    root = tmp_path_factory.mktemp("data")
    draw = np.random.default_rng(1)
    for category in ("bolt", "nut"):
        folder = root / category
        for split, label, count in (("train", "good", 6), ("test", "good", 4), ("test", "dent", 4)):
            for number in range(count):
                pixels = draw.integers(90, 160, (HEIGHT, WIDTH, 3)).astype(np.uint8)
                if label == "dent":
                    for place, value in enumerate((255, 254)):
                        mask = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
                        top, left = int(draw.integers(0, 18)), int(draw.integers(0, 30))
                        mask[top : top + 6 + 3 * place, left : left + 7] = value
                        pixels[mask[..., 0] > 0] += 20
                        write_png(folder / f"ground_truth/dent/{number:03d}/{place:04d}.png", mask)
                write_png(folder / f"{split}/{label}/{number:03d}.png", pixels)
        entries = [DefectEntry("dent", 255, Saturation(0.3)), DefectEntry("crack", 254, Saturation(20, relative=False))]
        (folder / "defects_config.json").write_text(format_defects_config(entries), encoding="utf-8")
    return root


@pytest.fixture
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def model(**options: Any) -> Any:
    from anomalib.models import Padim

    torch.manual_seed(0)
    return Padim(backbone="resnet18", pre_trained=False, layers=["layer1"], n_features=12, visualizer=False, **options)


def engine(folder: Path) -> Any:
    from anomalib.engine import Engine

    return Engine(
        accelerator="cpu",
        devices=1,
        logger=False,
        default_root_dir=folder,
        enable_progress_bar=False,
        enable_model_summary=False,
    )


def test_the_module_has_our_splits_and_every_region(data: Path) -> None:
    from curate.torch import datamodule

    module = datamodule(data, "nut", train_batch_size=3, eval_batch_size=8)
    module.setup()
    assert [len(part) for part in (module.train_data, module.test_data)] == [6, 8]
    assert module.val_dataloader() == []
    batch = next(iter(module.test_dataloader()))
    assert batch.image.shape == (8, 3, HEIGHT, WIDTH)
    assert sorted(batch.gt_label.tolist()) == [0] * 4 + [1] * 4
    category = read_dataset(data, categories=["nut"]).categories[0]
    for path, image, mask in zip(batch.image_path, batch.image, batch.gt_mask, strict=True):
        sample = next(entry for entry in category.samples if data / entry.path == Path(path))
        union = np.zeros((HEIGHT, WIDTH), bool)
        for name in sample.masks:
            union |= read_rgb(data / name)[..., 0] > 0
        assert np.array_equal(mask.numpy() > 0, union)
        assert np.array_equal((image.permute(1, 2, 0).numpy() * 255).round(), read_rgb(Path(path)))


def test_images_are_what_anomalib_reads(data: Path) -> None:
    from anomalib.data.utils import read_image

    from curate.torch import datamodule

    module = datamodule(data, "bolt")
    module.setup()
    item = module.train_data[0]
    assert torch.equal(item.image, read_image(item.image_path, as_tensor=True))


def test_other_layouts_and_validation_sets(tmp_path: Path) -> None:
    from curate.torch import datamodule

    images = []
    for number, split in enumerate(("train", "train", "val", "test")):
        name = f"{split}{number}.png"
        write_png(tmp_path / split / name, np.full((HEIGHT, WIDTH, 3), 40 * number, np.uint8))
        images.append((split, {"id": number, "file_name": name, "width": WIDTH, "height": HEIGHT}))
    shape = {"id": 1, "image_id": 3, "category_id": 1, "bbox": [2, 3, 5, 4], "iscrowd": 0, "area": 20}
    shape["segmentation"] = [[2, 3, 7, 3, 7, 7, 2, 7]]
    for split in ("train", "val", "test"):
        document = {
            "images": [image for side, image in images if side == split],
            "annotations": [shape] if split == "test" else [],
            "categories": [{"id": 1, "name": "dent"}],
        }
        (tmp_path / split / "_annotations.coco.json").write_text(json.dumps(document), encoding="utf-8")
    layout = read_dataset(tmp_path).layout
    module = datamodule(tmp_path, layout=layout)
    module.setup()
    assert [len(part) for part in (module.train_data, module.val_data, module.test_data)] == [2, 1, 1]
    assert int(module.test_data[0].gt_mask.sum()) == 20
    assert len(list(module.val_dataloader())) == 1


def test_a_category_has_to_be_named_where_there_are_several(data: Path) -> None:
    from curate.torch import datamodule, evaluator

    with pytest.raises(MissingError, match="holds the categories bolt, nut"):
        datamodule(data)
    with pytest.raises(MissingError):
        evaluator(data, "screw")


def test_anomalib_tests_with_the_value_that_curate_evaluates(data: Path, tmp_path: Path, one_thread: None) -> None:
    from curate.torch import datamodule, evaluator

    del one_thread
    module = datamodule(data, "nut", eval_batch_size=3)
    detector = model(evaluator=evaluator(limits=("0.05", 0.3)))
    run = engine(tmp_path)
    run.fit(detector, datamodule=module)
    (told,) = run.test(detector, datamodule=module)
    assert {"image_AUROC", "image_F1Score", "pixel_AUROC", "pixel_F1Score"} <= told.keys()
    save_predictions(run.predict(detector, datamodule=module), tmp_path / "p.npz")
    report = make_submission(
        list(read_arrays(tmp_path / "p.npz")),
        read_dataset(data, categories=["nut"]),
        tmp_path / "sub",
        options=SubmissionOptions(resize="bilinear"),
    )
    assert report.findings == ()
    result = evaluate_submission(tmp_path / "sub", data, options=only("nut")).result
    assert result is not None
    area = result.categories["nut"].localization.au_spro
    for limit in ("0.05", "0.3"):
        known = area[limit]
        assert known is not None
        assert 0 < known < 1  # neither trivial
        assert told[f"AU-sPRO@{limit}"] == pytest.approx(known, abs=1e-12)


def test_the_metric_alone_takes_batches_of_anomalib(data: Path, tmp_path: Path, one_thread: None) -> None:
    from anomalib.metrics import Evaluator

    from curate.torch import SPRO, datamodule

    del one_thread
    detector = model(evaluator=Evaluator(test_metrics=[SPRO()]))
    run, module = engine(tmp_path), datamodule(data, "nut")
    run.fit(detector, datamodule=module)
    (told,) = run.test(detector, datamodule=module)
    assert 0 <= told["AU-sPRO@0.05"] <= 1


def test_images_of_another_dataset_are_refused(data: Path) -> None:
    from anomalib.data import ImageBatch

    from curate.torch import evaluator

    metric = evaluator(data, "nut").test_metrics[-1]
    batch = ImageBatch(
        image=torch.zeros(1, 3, HEIGHT, WIDTH),
        image_path=[str(data / "bolt/test/good/000.png")],
        anomaly_map=torch.zeros(1, HEIGHT, WIDTH),
    )
    with pytest.raises(InputError, match="are none of nut"):
        metric.update(batch)


def only(category: str) -> Any:
    from curate.model.evaluation_options import EvaluationOptions

    return EvaluationOptions(categories=(category,))


def read_rgb(path: Path) -> Any:
    from PIL import Image

    return np.asarray(Image.open(path).convert("RGB"))
