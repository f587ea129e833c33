"""``curate label export``: write the record of annotations for another tool."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from curate.disk.atomic import write_json, write_text
from curate.errors import InputError
from curate.formats.registry import WRITERS
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.config import CategoryConfig
from curate.model.finding import Finding, ordered
from curate.model.region import Annotation
from curate.model.words import Shown
from curate.workspace.annotations import read_annotations
from curate.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True, repr=False)
class LabelExportReport(Shown):
    """What ``curate label export`` wrote.

    Attributes
    ----------
    category : str
    frames, regions : int
    findings : tuple of Finding
        Regions that the format cannot hold as they are, or not at all.
    """

    category: str
    frames: int
    regions: int
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON document."""
        findings = [finding.to_json() for finding in self.findings]
        return {"category": self.category, "frames": self.frames, "regions": self.regions, "findings": findings}


def export_labels(
    workspace: Workspace, category: CategoryConfig, destination: Path, *, format_name: str, prefix: str = ""
) -> LabelExportReport:
    """Write the annotations of a category as one file of another format, in frame pixels.

    Parameters
    ----------
    workspace : Workspace
    category : CategoryConfig
    destination : Path
    format_name : str
        A key of :data:`curate.formats.registry.WRITERS`.
    prefix : str
        Stands before ``<series>/<file>`` in image names, for example the path or URL where the tool finds the frames.

    Raises
    ------
    MissingError
        If nothing was annotated yet.
    InputError
        If the destination is a folder.
    """
    if destination.is_dir():
        raise InputError("is a folder, expected a file to write", path=destination)
    annotations = read_annotations(workspace.annotations(category.name)).values()
    findings: list[Finding] = []
    usable = [_known(annotation, category, findings) for annotation in annotations]
    written = WRITERS[format_name](usable, lambda frame: f"{prefix}{frame}", category)
    if isinstance(written.document, str):
        write_text(destination, written.document)
    else:
        write_json(destination, written.document)
    regions = sum(len(annotation.regions) for annotation in usable)
    return LabelExportReport(category.name, len(usable), regions, ordered([*findings, *written.findings]))


def _known(annotation: Annotation, category: CategoryConfig, findings: list[Finding]) -> Annotation:
    """Leave out regions of defects that ``curate.toml`` does not name any more."""
    kept = tuple(region for region in annotation.regions if region.defect in category.defects)
    lost = [region for region in annotation.regions if region.defect not in category.defects]
    findings += [
        found(codes.UNKNOWN_DEFECT_NAME, f"region {region.region_id} is called {region.defect!r}", annotation.frame)
        for region in lost
    ]
    return replace(annotation, regions=kept)
