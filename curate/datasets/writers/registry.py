"""Every layout that curate writes, one row each."""

from __future__ import annotations

from curate.datasets.writers import huggingface, listings, shards, trees
from curate.datasets.writers.plan import Placed, Writer
from curate.model.dataset import Category

_PHOTOS = frozenset({".png", ".jpg", ".jpeg"})


def _nothing(category: Category, placed: object) -> dict[str, bytes]:
    del category, placed
    return {}


WRITERS: tuple[Writer, ...] = (
    Writer("autovi", trees.autovi_image, trees.autovi_side, _nothing),
    Writer("mvtec-loco", trees.loco_image, trees.loco_side, _nothing),
    Writer("mvtec-ad", trees.mvtec_image, trees.mvtec_side, _nothing),
    Writer("visa", trees.visa_image, trees.visa_side, trees.visa_index, _PHOTOS),
    Writer("coco", listings.listed_image, listings.coco_side, listings.coco_index, _PHOTOS),
    Writer("yolo", listings.listed_image, listings.yolo_side, listings.yolo_index, _PHOTOS),
    Writer("huggingface", huggingface.folder_image, huggingface.folder_side, huggingface.folder_index, _PHOTOS),
    Writer("webdataset", shards.shard_image, shards.shard_side, _nothing, _PHOTOS, packed=True),
)

WRITER_BY_NAME = {writer.layout: writer for writer in WRITERS}
CONFIGURED = ("autovi", "mvtec-loco")
"""Layouts with a ``defects_config.json``."""

__all__ = ["CONFIGURED", "WRITERS", "WRITER_BY_NAME", "Placed", "Writer"]
