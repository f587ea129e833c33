"""What is wrong with a region that becomes a mask. Pure."""

from __future__ import annotations

from curate.mask.regions import WholeRegion
from curate.mask.render import Rendered
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.config import CategoryConfig
from curate.model.defect import GOOD
from curate.model.finding import Finding
from curate.model.labels import FrameLabels
from curate.model.region import Annotation

_MOSTLY_CUT = 0.5


def annotation_findings(annotation: Annotation, category: CategoryConfig) -> list[Finding]:
    """Compare an annotation with what ``curate.toml`` says today."""
    unknown = {region.defect: None for region in annotation.regions if region.defect not in category.defects}
    known = ", ".join(category.defects) or "none"
    found_here = [
        found(
            codes.UNCONFIGURED_DEFECT,
            f"has a region of {name!r}; the defects of {category.name} are {known}",
            annotation.frame,
        )
        for name in unknown
    ]
    if annotation.label not in {"", GOOD} and not annotation.regions:
        found_here.append(found(codes.NO_REGION, f"is called {annotation.label!r} and has no region", annotation.frame))
    return found_here


def label_findings(labels: FrameLabels) -> list[Finding]:
    """Say which regions do not count as they were drawn, and which frames were called defective without a drawing."""
    bare = [
        found(codes.NO_REGION, f"was called {entry.verdict!r} {entry.by_hand} and has no region", frame)
        for frame, entry in sorted(labels.decided.items())
        if entry.verdict != GOOD and frame not in labels.drawn
    ]
    return [*bare, *(found(codes.REGIONS_OF_RELABELLED_FRAME, text, frame) for frame, text in labels.changes().items())]


def region_findings(drawn: Rendered, place: str) -> list[Finding]:
    """Judge the mask of a region that is visible; ``place`` is its window's image, for messages."""
    region, area = drawn.region, drawn.area_px
    name, saturation = _name(region), region.saturation
    findings = []
    if drawn.lost > _MOSTLY_CUT:
        findings.append(found(codes.REGION_CUT_BY_WINDOW, f"{drawn.lost:.0%} of {name} lies outside the window", place))
    if not saturation.relative and saturation.value > area:
        message = f"the threshold of {name} is {saturation}, its area only {area} px"
        findings.append(found(codes.THRESHOLD_ABOVE_REGION_AREA, message, place))
    if saturation.relative and int(saturation.value * area) == 0:
        message = f"the threshold {saturation} of {name} is less than a pixel of its {area} px"
        findings.append(found(codes.THRESHOLD_BELOW_ONE_PIXEL, message, place))
    return findings


def invisible(frame: str, region: WholeRegion) -> Finding:
    """Say that no window shows any pixel of a region."""
    return found(codes.REGION_OUTSIDE_WINDOW, f"{_name(region)} marks no pixel in any window of the frame", frame)


def _name(region: WholeRegion) -> str:
    return f"region {' '.join(region.region_ids)} ({region.defect})"
