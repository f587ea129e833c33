"""Change a picture and its masks. Arrays in, arrays out; B, G, R(, A) as OpenCV has them.

Geometry goes the same way for picture and masks: what is turned out of the picture is lost in both, and what comes in
from outside is black in the picture and background in the masks. A picture that would lose its last region is not
moved. Optics and light are Pillow's, on 8 bits.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageFilter

from curate.augment.draws import AppliedTransform, Generator
from curate.errors import ImageError
from curate.geometry.affine import Affine

Pixels: TypeAlias = NDArray[Any]

_ENHANCERS = {
    "brightness": ImageEnhance.Brightness,
    "drift": ImageEnhance.Brightness,
    "contrast": ImageEnhance.Contrast,
    "colour": ImageEnhance.Color,
}
GEOMETRY = ("rotate", "flip-x", "flip-y")
"""Steps that move things."""

_ALPHA = 3


def change_image(image: Pixels, steps: Iterable[AppliedTransform], rng: Generator) -> Pixels:
    """Apply steps to a picture; an alpha channel only follows the geometry, and stays opaque where it was turned in.

    Parameters
    ----------
    image : ndarray of uint8 or uint16, shape (H, W) or (H, W, 3 or 4)
    steps : iterable of AppliedTransform
    rng : Generator
        Of the noise.

    Raises
    ------
    ImageError
        If a step of Pillow's meets a picture that does not have 8 bits.
    """
    for step in steps:
        if step.name in GEOMETRY:
            image = _moved(image, step, cv2.INTER_LINEAR)
        elif step.name == "noise":
            image = _with_noise(image, step.value, rng)
        else:
            image = _through_pillow(image, step)
    return image


def change_mask(mask: Pixels, steps: Iterable[AppliedTransform]) -> Pixels:
    """Apply the geometry of the steps to a mask: values are kept, never mixed."""
    for step in steps:
        if step.name in GEOMETRY:
            mask = _moved(mask, step, cv2.INTER_NEAREST)
    return mask


def shows_region(mask: Pixels) -> bool:
    """Whether any pixel of a mask is set; alpha never counts."""
    colours = mask if mask.ndim == 2 else mask[:, :, :_ALPHA]  # noqa: PLR2004 - rows and columns
    return bool(colours.any())


def _moved(image: Pixels, step: AppliedTransform, method: int) -> Pixels:
    if step.name == "flip-x":
        return np.ascontiguousarray(image[:, ::-1])
    if step.name == "flip-y":
        return np.ascontiguousarray(image[::-1])
    height, width = image.shape[:2]
    matrix = Affine.rotation(step.value, width / 2, height / 2).as_opencv()
    turned = cv2.warpAffine(image, matrix, (width, height), flags=method, borderMode=cv2.BORDER_CONSTANT)
    if image.ndim == 3 and image.shape[2] > _ALPHA:  # noqa: PLR2004 - rows, columns, channels
        turned[:, :, _ALPHA] = np.iinfo(image.dtype).max
    return np.asarray(turned)


def _with_noise(image: Pixels, variance: float, rng: Generator) -> Pixels:
    """Add Gaussian noise of a variance in grey levels of 8 bits to every colour of every pixel."""
    largest = float(np.iinfo(image.dtype).max)
    noise = rng.standard_normal(image.shape, dtype=np.float32) * np.float32(variance**0.5 * largest / 255.0)
    if image.ndim == 3 and image.shape[2] > _ALPHA:  # noqa: PLR2004 - rows, columns, channels
        noise[:, :, _ALPHA] = 0.0
    return np.asarray(np.clip(np.rint(image + noise), 0.0, largest)).astype(image.dtype)


def _through_pillow(image: Pixels, step: AppliedTransform) -> Pixels:
    if image.dtype != np.uint8:
        raise ImageError(
            f"is {image.dtype}; {step.name} works on 8 bits only", hint="choose among rotate, flip-x, flip-y and noise"
        )
    alpha = image[:, :, _ALPHA:] if image.ndim == 3 else None  # noqa: PLR2004 - rows, columns, channels
    colours = image if alpha is None else image[:, :, _ALPHA - 1 :: -1]
    picture = Image.fromarray(np.ascontiguousarray(colours))
    if step.name == "blur":
        changed = picture.filter(ImageFilter.GaussianBlur(step.value))
    elif step.name == "colour" and alpha is None:
        return image  # a grey picture has no colour to change
    else:
        changed = _ENHANCERS[step.name](picture).enhance(step.value)
    result = np.asarray(changed)
    return result if alpha is None else np.ascontiguousarray(np.dstack([result[:, :, ::-1], alpha]))
