from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from curate.imaging.exif import read_exif
from curate.imaging.images import decode, encode_png
from curate.imaging.png_exif import whitelisted_block, with_exif
from curate.model.evidence import ExifEvidence

PNG = encode_png(np.arange(48, dtype=np.uint8).reshape(6, 8))
FULL = ExifEvidence(
    original="2026:03:02 06:00:07", original_fraction="125", original_offset="+01:00", serial="4103922", counter=9971
)


def test_pillow_reads_the_tags() -> None:
    with Image.open(io.BytesIO(with_exif(PNG, FULL))) as image:
        image.load()
        tags = image.getexif().get_ifd(0x8769)
        main = dict(image.getexif())
    assert tags == {0x9003: "2026:03:02 06:00:07", 0x9291: "125", 0x9011: "+01:00", 0xA431: "4103922", 0x9211: 9971}
    assert set(main) == {0x8769}


@pytest.mark.parametrize(
    "evidence",
    [
        FULL,
        ExifEvidence(original="2026:03:02 06:00:07"),
        ExifEvidence(changed="2026:03:02 06:00:07", changed_fraction="5", changed_offset="Z"),
        ExifEvidence(counter=0),
        ExifEvidence(serial="ab"),
        ExifEvidence(serial="Ωmega 7"),
    ],
)
def test_what_is_written_is_read_again(evidence: ExifEvidence) -> None:
    content = with_exif(PNG, evidence)
    assert read_exif(content) == (evidence, 1)
    assert np.array_equal(decode(content, Path("a.png")), decode(PNG, Path("a.png")))


def test_everything_else_is_dropped() -> None:
    evidence = ExifEvidence(original="2026:03:02 06:00:07", changed="2027:01:01 00:00:00", model="ACME Spy 1")
    assert b"ACME" not in with_exif(PNG, evidence)
    assert b"2027" not in with_exif(PNG, evidence)


def test_nothing_to_keep_changes_nothing() -> None:
    assert with_exif(PNG, ExifEvidence(model="ACME")) == PNG


def test_the_bytes_by_hand() -> None:
    assert whitelisted_block(ExifEvidence(counter=258)) == bytes.fromhex(
        "4d4d002a00000008"  # big-endian TIFF, first directory at 8
        "0001" "8769" "0004" "00000001" "0000001a" "00000000"  # one entry: the EXIF directory lies at 26
        "0001" "9211" "0004" "00000001" "00000102" "00000000"  # one entry: ImageNumber 258
    )  # fmt: skip
