"""Which maps and scores of which methods belong to each image: of every method its first run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from curate.report.result_tables import first_runs, named_runs
from curate.report.sources import Material
from curate.view.pictures import Scale, heat_scale

Image = tuple[str, str]
"""Category and key of an image."""


@dataclass(frozen=True, slots=True)
class ImageMap:
    """A map of one image, and the scores that are drawn darkest and brightest."""

    method: str
    path: Path
    scale: Scale | None


def maps_by_image(material: Material) -> dict[Image, tuple[ImageMap, ...]]:
    """Return the maps that are at hand."""
    found: dict[Image, tuple[ImageMap, ...]] = {}
    for run in first_runs(named_runs(material.scoring.results)):
        maps = (material.scoring.maps or {}).get(run.result.submission.files_fingerprint)
        for name, entry in run.result.categories.items():
            if maps is None or name not in maps.categories:
                continue
            scale = heat_scale(entry)
            for key, path in maps.categories[name].maps.items():
                found[name, key] = (*found.get((name, key), ()), ImageMap(run.method, maps.root / path, scale))
    return found


def scores_by_image(material: Material) -> dict[Image, dict[str, float]]:
    """Return each image's score by method."""
    scores: dict[Image, dict[str, float]] = {}
    for run in first_runs(named_runs(material.scoring.results)):
        for name, entry in run.result.categories.items():
            for row in entry.images or ():
                scores.setdefault((name, row.image), {})[run.method] = float(row.score)
    return scores
