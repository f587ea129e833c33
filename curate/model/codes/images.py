"""Codes 2xx: images."""

from __future__ import annotations

from curate.model.codes import names as codes
from curate.model.codes.code import Code

IMAGES: tuple[Code, ...] = (
    Code(
        codes.UNREADABLE_IMAGE,
        "error",
        "unreadable image",
        "A training or test run stops at it, or skips it in silence and counts differently from everyone else.",
        "test/good/0003.png is empty, cut short, or no image at all",
        "copy the file again from its source, or remove it",
    ),
    Code(
        codes.IMAGE_SIZE_DIFFERS,
        "warning",
        "image of another size",
        "Detectors resize it without a word, so its defects appear at another scale than everyone else's.",
        "one image of 404×512 among images of 512×512",
        "cut it again like the others, or remove it",
    ),
    Code(
        codes.IMAGE_KIND_DIFFERS,
        "warning",
        "image of another kind",
        "A grey or 16-bit image among colour ones is converted by each tool in its own way.",
        "one RGBA image among RGB ones",
        "convert it like the others",
    ),
    Code(
        codes.EXIF_ORIENTATION,
        "warning",
        "EXIF orientation",
        "Viewers turn the picture, most training code does not: annotations drawn in a viewer then lie elsewhere.",
        "orientation 6 in a photo from a phone",
        "turn the pixels upright and remove the tag",
    ),
    Code(
        codes.CONSTANT_IMAGE,
        "warning",
        "image of one value",
        "A black or blank picture teaches nothing and tests nothing.",
        "a frame that was taken while the light was off",
        "remove it",
    ),
    Code(
        codes.GPS_POSITION,
        "warning",
        "position in EXIF",
        "GPS coordinates tell the world where the plant is, or where somebody lives.",
        "a photo from a phone",
        "remove the tags: `curate validate --fix` does, without touching a pixel",
    ),
    Code(
        codes.MARKS_IN_IMAGE,
        "warning",
        "drawn marks in the picture",
        "Circles, arrows or time stamps burned into an image give the defect away, or hide it.",
        "a red circle around a scratch",
        "take the image from before it was marked",
    ),
    Code(
        codes.WRONG_SUFFIX,
        "warning",
        "file ending that does not fit",
        "Some loaders choose the decoder by the ending and fail; some tools rewrite the file with loss.",
        "a JPEG named 0003.png",
        "rename it after what it is",
    ),
    Code(
        codes.SEVERAL_PAGES,
        "warning",
        "several pages",
        "Loaders read the first page only.",
        "a TIFF stack of three exposures",
        "save each page as an image of its own",
    ),
    Code(
        codes.UNREAD_FILE,
        "error",
        "file that could not be read",
        "Nothing is known about it, and nothing that is said about the others says anything about it.",
        "test/good/0003.png lies on a network share that does not answer",
        "make sure that the disk or share is there and may be read, then run the same command again",
    ),
)
