"""Bring one map to its image's size and write it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np

from curate.disk.atomic import write_bytes
from curate.errors import CurateError, ReadError
from curate.imaging.images import encode_png, read_file
from curate.imaging.maps import (
    INTEGER_BINS,
    MapError,
    Scores,
    decode_map,
    image_size,
    resize_map,
    without_centre_crop,
)
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.finding import Finding
from curate.submission.matching import MatchedImage
from curate.submission.options import SubmissionOptions
from curate.submissions.predictions import Prediction


def has_map(entry: Prediction) -> bool:
    """Whether a prediction holds a map; some hold an image score alone."""
    return entry.path is not None or entry.scores is not None


def place_map(
    dataset_root: Path, fresh: Path, options: SubmissionOptions, job: tuple[Prediction, MatchedImage]
) -> Finding | None:
    """Write one map at its image's size; integer maps as PNG, all others as they are, in ``.npy``."""
    entry, target = job
    if not has_map(entry):
        return None
    try:
        scores = _at_size(_decoded(entry), image_size(dataset_root / target.sample.path), options)
    except MapError as error:
        hint = "say how with --resize bilinear" if error.code == codes.MAP_SIZE_DIFFERS and not options.resize else None
        return found(error.code, error.message, entry.name, hint=hint)
    except ReadError:
        raise
    except CurateError as error:
        return found(codes.UNREADABLE_MAP, error.message, entry.name)
    base = fresh / target.category.name / target.sample.key
    if scores.dtype in INTEGER_BINS:
        write_bytes(base.parent / f"{base.name}.png", encode_png(scores))
    else:
        write_bytes(base.parent / f"{base.name}.npy", _npy(scores))
    return None


def _decoded(entry: Prediction) -> Scores:
    if entry.path is not None:
        return decode_map(read_file(entry.path), entry.path)
    return decode_map(_npy(entry.scores), Path(f"{entry.name}.npy"))


def _at_size(scores: Scores, size_px: tuple[int, int], options: SubmissionOptions) -> Scores:
    if options.centre_crop:
        try:
            scores = without_centre_crop(scores, *options.centre_crop)
        except ValueError as error:
            raise MapError(codes.MAP_SIZE_DIFFERS, str(error)) from error
    if scores.shape != (size_px[1], size_px[0]) and not options.resize:
        message = f"is {scores.shape[1]}×{scores.shape[0]} (width × height), its image is {size_px[0]}×{size_px[1]}"
        raise MapError(codes.MAP_SIZE_DIFFERS, message)
    return resize_map(scores, size_px, options.resize)


def _npy(scores: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.asarray(scores), allow_pickle=False)
    return stream.getvalue()
