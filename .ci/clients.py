"""Write a dataset in every layout, load each in its clients, and note what passed. See ``.ci/clients``."""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
MARKER = HERE / "clients.json"
CATEGORY = "pipe_clip"
"""A name that anomalib's AutoVI module knows."""

CLIENTS = ("anomalib", "datasets", "pycocotools", "webdataset", "torch", "torchvision")
WATCHED = (
    "curate/datasets/writers/*.py",
    "curate/formats/coco.py",
    "curate/geometry/outlines.py",
    "curate/geometry/run_lengths.py",
    ".ci/clients",
    ".ci/clients.py",
    ".ci/clients.lock",
)


def fingerprint() -> str:
    """Hash everything that the clients' verdict depends on."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in WATCHED for path in ROOT.glob(pattern)):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def write(destination: Path) -> None:
    """Draw a small dataset, convert it into every layout, and say what a client must find."""
    import numpy as np

    from curate.card.run import publish_card
    from curate.convert.run import ConversionOptions, convert_dataset, plan_conversion
    from curate.datasets.dataset import read_dataset
    from curate.datasets.defects_config import format_defects_config
    from curate.datasets.writers.registry import WRITERS
    from curate.disk.atomic import write_json, write_text
    from curate.imaging.images import write_png
    from curate.model.defect import DefectEntry, Saturation

    source = destination / "source"
    base = source / CATEGORY
    generator = np.random.default_rng(11)
    images = [f"train/good/{n:04d}" for n in range(6)] + [f"test/good/{n:04d}" for n in range(6, 10)]
    # anomalib's AutoVI module pairs masks by file name alone: every defective image needs a name of its own.
    defective = {"missing/0010": 1, "missing/0011": 2, "bent/0012": 1, "bent/0013": 3}
    images += [f"test/{image}" for image in defective]
    for image in images:
        write_png(base / f"{image}.png", generator.integers(0, 255, (48, 64, 3), dtype=np.uint8))
    for place, (image, count) in enumerate(defective.items()):
        for number in range(count):
            mask = np.zeros((48, 64, 3), np.uint8)
            left, top = 4 + 14 * number, 3 + 5 * place
            mask[top : top + 9, left : left + 11] = 255 if image.startswith("missing") else 254
            mask[top + 3 : top + 5, left + 3 : left + 6] = 0  # a hole
            write_png(base / f"ground_truth/{image}/{number:04d}.png", mask)
    entries = (DefectEntry("missing", 255, Saturation(0.5)), DefectEntry("bent", 254, Saturation(20, relative=False)))
    write_text(base / "defects_config.json", format_defects_config(entries))
    options = ConversionOptions(check=True, logical=frozenset({"missing"}))
    for writer in WRITERS:
        dataset, _ = plan_conversion(source, writer.layout)
        report = convert_dataset(dataset, destination / writer.layout, writer.layout, options=options)
        publish_card(destination / writer.layout, layout=writer.layout)
        if report.findings or writer.layout != read_dataset(destination / writer.layout).layout:
            raise SystemExit(f"{writer.layout}: {report.findings}")
    region = 9 * 11 - 2 * 3
    expected = {"regions": sum(defective.values()), "area_px": region, "train": 6, "good": 4, "images": defective}
    write_json(destination / "expected.json", expected)


def load(exports: Path) -> dict[str, str]:
    """Load every export in its clients; an AssertionError says which disagrees."""
    expected = json.loads((exports / "expected.json").read_text())
    _pycocotools(exports, expected)
    _datasets(exports, expected)
    _webdataset(exports, expected)
    _anomalib(exports, expected)
    return {name: version(name) for name in CLIENTS}


def _pycocotools(exports: Path, expected: dict[str, Any]) -> None:
    from pycocotools.coco import COCO

    coco = COCO(str(exports / f"coco/{CATEGORY}/annotations/instances_test.json"))
    assert len(coco.anns) == expected["regions"]
    for annotation in coco.anns.values():
        assert int(coco.annToMask(annotation).sum()) == annotation["area"] == expected["area_px"]
    assert len(coco.imgs) == expected["good"] + len(expected["images"])
    assert sorted(entry["name"] for entry in coco.loadCats(coco.getCatIds())) == ["bent", "missing"]


def _datasets(exports: Path, expected: dict[str, Any]) -> None:
    import numpy as np
    from datasets import load_dataset

    with tempfile.TemporaryDirectory() as cache:
        loaded = load_dataset(str(exports / "huggingface"), CATEGORY, cache_dir=cache)
        assert {split: len(loaded[split]) for split in loaded} == {
            "train": expected["train"],
            "test": expected["good"] + len(expected["images"]),
        }
        label = loaded["test"].features["label"]  # a ClassLabel
        found = {f"{label.int2str(row['label'])}/{row['name']}": row for row in loaded["test"]}
        assert {row["category"] for row in loaded["test"]} == {CATEGORY}
        for image, count in expected["images"].items():
            masks = [np.asarray(mask) for mask in found[image]["masks"]]
            assert [int((mask > 0).sum()) for mask in masks] == [expected["area_px"]] * count
            assert found[image]["defects"] == [image.split("/")[0]] * count
        shards = str(exports / f"webdataset/{CATEGORY}/test-*.tar")
        packed = load_dataset("webdataset", data_files={"test": shards}, cache_dir=cache)["test"]
        regions = [json.loads(row["json"]["regions"]) for row in packed]
        assert sum(map(len, regions)) == expected["regions"]


def _webdataset(exports: Path, expected: dict[str, Any]) -> None:
    import webdataset

    shard = str(exports / f"webdataset/{CATEGORY}/test-000000.tar")
    samples = list(webdataset.WebDataset(shard, shardshuffle=False).decode("pil"))
    assert len(samples) == expected["good"] + len(expected["images"])
    assert {key for sample in samples for key in sample if not key.startswith("__")} == {"json", "png", "mask.png"}


def _anomalib(exports: Path, expected: dict[str, Any]) -> None:
    _without_compiled_operators()
    from anomalib.data import AutoVI, Folder, MVTecAD, MVTecLOCO

    options = {"num_workers": 0, "category": CATEGORY}
    flat = exports / f"mvtec-ad/{CATEGORY}"
    _module(MVTecAD(root=exports / "mvtec-ad", **options), expected, every_region=True)
    _module(MVTecLOCO(root=exports / "mvtec-loco", **options), expected, every_region=True)
    _module(AutoVI(root=exports / "autovi", **options), expected, every_region=False)
    folder = Folder(
        name="x",
        root=flat,
        normal_dir="train/good",
        normal_test_dir="test/good",
        abnormal_dir=["test/missing", "test/bent"],
        mask_dir=["ground_truth/missing", "ground_truth/bent"],
        num_workers=0,
        val_split_mode="same_as_test",
    )
    _module(folder, expected, every_region=True)


def _module(module: Any, expected: dict[str, Any], *, every_region: bool) -> None:
    """Check counts and masks; anomalib's AutoVI module reads the first region of an image only."""
    module.setup()
    name = type(module).__name__
    assert len(module.train_data) == expected["train"], name
    items = [module.test_data[place] for place in range(len(module.test_data))]
    assert len(items) == expected["good"] + len(expected["images"]), name
    areas = sorted(int(item.gt_mask.sum()) for item in items if item.gt_mask is not None and item.gt_mask.any())
    counts = expected["images"].values() if every_region else [1] * len(expected["images"])
    assert areas == sorted(count * expected["area_px"] for count in counts), (name, areas)


def _without_compiled_operators() -> None:
    """Declare torchvision's compiled operators, so that its transforms import beside a torch without CUDA.

    The wheels on the index are built for CUDA and do not load beside torch's CPU build; no data module uses operators.
    """
    import torch

    try:
        import torchvision
    except RuntimeError:
        for name in [name for name in sys.modules if name.startswith("torchvision")]:
            del sys.modules[name]
    else:
        del torchvision
        return
    library = torch.library.Library("torchvision", "DEF")
    forward = ("roi_align", "qroi_align", "roi_pool", "ps_roi_align", "ps_roi_pool", "deform_conv2d")
    backward = ("_roi_align", "_roi_pool", "_ps_roi_align", "_ps_roi_pool", "_deform_conv2d")
    for operator in ("nms", "qnms", *forward, *(f"{name}_backward" for name in backward)):
        library.define(f"{operator}(Tensor input) -> Tensor")
    globals()["_KEPT"] = library  # the declarations live as long as the library object


def note(versions: Path) -> None:
    """Write the marker."""
    document = {"passed_with": json.loads(versions.read_text()), "fingerprint": fingerprint()}
    MARKER.write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    task, where = sys.argv[1], Path(sys.argv[2])
    if task == "write":
        write(where)
    elif task == "load":
        # Clients print what they like; the versions alone go to standard output.
        standard_output, sys.stdout = sys.stdout, sys.stderr
        found = load(where)
        standard_output.write(json.dumps(found, indent=2) + "\n")
    elif task == "note":
        note(where)
    else:
        raise SystemExit("usage: clients.py write|load|note PATH")
