from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from curate.datasets.repair import without_position
from curate.imaging.images import decode
from curate.imaging.probe import probe
from curate.validate.run import fix_dataset, validate_dataset
from tests.validate.test_cases import CASES, build

MENDED = {
    "CUR102": "part/test/good/Thumbs.db",
    "CUR109": "part/ground_truth/scratch/0009",
    "CUR122": "part/defects_config.json",
    "CUR206": "part/train/good/0008.jpg",
    "CUR208": "part/train/good/0008.png",
    "CUR408": "part/ground_truth/scratch/0002/0000.png",
    "CUR409": "part/ground_truth/scratch/0002/0000.png",
}


def contents(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("code", sorted(MENDED))
def test_what_needs_no_person_is_mended_and_the_original_kept(code: str, tmp_path: Path) -> None:
    root = tmp_path / "data"
    build(CASES / code / "fires", root)
    before = contents(root)
    kept, fixes = fix_dataset(root, validate_dataset(root))
    assert [fix.path for fix in fixes] == [MENDED[code]]
    assert validate_dataset(root).findings == ()
    after = contents(root)
    gone = {name: content for name, content in before.items() if after.get(name) != content}
    assert (contents(kept) if kept.is_dir() else {}) == gone
    assert kept == tmp_path / "data.before-fix"


@pytest.mark.parametrize("code", ["CUR301", "CUR402", "CUR404", "CUR405", "CUR406", "CUR410", "CUR201"])
def test_what_needs_a_person_is_left_alone(code: str, tmp_path: Path) -> None:
    root = tmp_path / "data"
    build(CASES / code / "fires", root)
    before = contents(root)
    _, fixes = fix_dataset(root, validate_dataset(root))
    assert fixes == ()
    assert contents(root) == before


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_coordinates_go_and_every_other_tag_and_pixel_stays(form: str) -> None:
    exif = Image.Exif()
    exif[0x0110] = "Model X"
    exif.get_ifd(0x8769)[0x9003] = "2024:05:01 10:00:00"
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 0.0), 3: "E", 4: (2.0, 21.0, 0.0)})
    stream = io.BytesIO()
    Image.fromarray(np.arange(768, dtype=np.uint8).reshape(16, 16, 3)).save(stream, form, exif=exif.tobytes())
    content = stream.getvalue()
    cleaned = without_position(content)
    assert probe(content).has_position
    assert probe(cleaned) == replace(probe(content), has_position=False)
    assert len(cleaned) == len(content)
    assert (decode(cleaned, Path("x")) == decode(content, Path("x"))).all()
    with Image.open(io.BytesIO(cleaned)) as image:
        assert dict(image.getexif().get_ifd(0x8825)) == {}
        assert image.getexif()[0x0110] == "Model X"
        assert image.getexif().get_ifd(0x8769)[0x9003] == "2024:05:01 10:00:00"
    assert without_position(cleaned) == cleaned
