"""Use curate from Python, on plain arrays: find a part, turn an outline into a mask, score a detector. No files.

Run it with ``python examples/library.py``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curate.baselines import gaussian as detector
from curate.crop.match import find
from curate.crop.template import prepare_template
from curate.demo.scene import Frame, Scene, SessionSettings, Shot, plan_session
from curate.evaluate import MapMetrics
from curate.geometry.affine import Affine
from curate.geometry.rasterize import rasterize
from curate.model.defect import GOOD

SIDE_PX = 240


def main() -> None:
    """Draw a short session, cut the windows by matching, train and score the reference detector."""
    settings = SessionSettings(frames=30, seed=4, conditions={}, defects={"missing": 0.1, "dent": 0.1})
    scene, shots = Scene(settings), plan_session(settings)
    template = prepare_template(scene.template(), "clip")

    # 1. Matching: where is the part? The drawn session knows the truth.
    windows: dict[int, Frame] = {}
    to_window: dict[int, Affine] = {}
    errors = []
    for shot in shots:
        frame = scene.render(shot)
        match = find(frame, [template])
        x, y = shot.centre_px or (np.nan, np.nan)
        errors.append(float(np.hypot(match.x_px - x, match.y_px - y)))
        left, top = round(match.x_px - SIDE_PX / 2), round(match.y_px - SIDE_PX / 2)
        windows[shot.index] = frame[top : top + SIDE_PX, left : left + SIDE_PX]
        to_window[shot.index] = Affine.translation(-left, -top)
    print(f"matching: {len(errors)} frames, median error {np.median(errors):.2f} px, largest {max(errors):.2f} px")

    # 2. Geometry: what was outlined in the frame becomes masks of the window, by the pixel-centre rule.
    good = [shot for shot in shots if shot.label == GOOD]
    training, test = good[: len(good) // 2], good[len(good) // 2 :] + [shot for shot in shots if shot.label != GOOD]
    masks = {shot.index: masks_of(shot, to_window[shot.index]) for shot in test}
    areas = [int(mask.sum()) for regions in masks.values() for mask in regions]
    print(f"geometry: {len(areas)} regions of {min(areas)} to {max(areas)} px")

    # 3. Metrics: maps and masks go in one by one, exact figures come out.
    reference = detector.reference_of([windows[shot.index] for shot in training])
    model = detector.fit([detector.align(reference, windows[shot.index]) for shot in training])
    metrics = MapMetrics(saturation=0.5)
    for shot in test:
        scores = detector.score(model, detector.align(reference, windows[shot.index]))
        metrics.update(scores, masks[shot.index], defect=shot.label)
    places = metrics.compute()["localization"]
    print(f"metrics: AU-sPRO@0.05 {places['au_spro']['0.05']:.3f}, pixel AUROC {places['pixel_auroc']:.3f}")


def masks_of(shot: Shot, to_window: Affine) -> list[NDArray[np.bool_]]:
    """Rasterise a shot's regions in its window."""
    return [rasterize(region.shapes, SIDE_PX, SIDE_PX, to_window) for region in shot.regions]


if __name__ == "__main__":
    main()
