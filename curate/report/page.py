"""What a report shows, as data: no HTML here, and no reading. Everything is text, numbers and small pictures.

The templates draw a :class:`Page` and nothing else; :func:`as_json` writes it down without its pictures, for tests and
for programs that want the report's numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

SCHEMA = "curate/report/1"


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A small picture inside the page.

    Attributes
    ----------
    uri : str
        ``data:image/…;base64,…``.
    width_px, height_px : int
    """

    uri: str
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class Outline:
    """The border of one region, drawn over a picture.

    Attributes
    ----------
    path : str
        An SVG path in the picture's pixels: digits, signs and the letters M, L and Z only.
    name : str
        The defect.
    colour : int
        Place in the palette.
    """

    path: str
    name: str
    colour: int


@dataclass(frozen=True, slots=True)
class Fact:
    """One of the numbers at the head of the page; ``href`` leads to where it is explained."""

    name: str
    value: str
    note: str = ""
    href: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table.

    Attributes
    ----------
    caption : str
    head : tuple of str
    rows : tuple of tuple of str
        The first cell names the row.
    texts : frozenset of int
        Columns that hold words; all others but the first hold numbers.
    marked : frozenset of (int, int)
        Row and column of cells that stand out.
    note : str
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    texts: frozenset[int] = frozenset()
    marked: frozenset[tuple[int, int]] = frozenset()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart: what it says in a sentence, the numbers as a table, and traces and layout as Plotly's script takes them.

    Colours are the names of the page's own variables (``--c0``), so that charts follow light and dark. ``leads`` says
    what a click on a point does: a list of the gallery's images for each trace, or the range of scores of each bar.
    """

    key: str
    title: str
    says: str
    grid: Grid
    traces: tuple[dict[str, Any], ...]
    layout: dict[str, Any]
    leads: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HeatPicture:
    """The map of one method over an image."""

    method: str
    picture: PagePicture


@dataclass(frozen=True, slots=True)
class GalleryEntry:
    """One picture of a gallery.

    Attributes
    ----------
    key : str
        What the image is called, also for the search.
    category, split, label : str
    picture : PagePicture or None
        None when the file cannot be read: ``trouble`` says why.
    outlines : tuple of Outline
    codes : tuple of str
        Of the findings that name it.
    lines : tuple of str
        What else is known of it, in words.
    trouble : str
    anchor : str
        Its id in the page.
    frame_px : tuple of int
        Width and height that the outlines' coordinates refer to.
    image : str
        The image's key in results; ``""`` where there are none.
    heats : tuple of HeatPicture
        The maps of methods, each method's first run.
    scores : dict of str to float
        The image's score by method, of the first run.
    """

    key: str
    category: str
    split: str
    label: str
    picture: PagePicture | None
    outlines: tuple[Outline, ...] = ()
    codes: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    trouble: str = ""
    anchor: str = ""
    frame_px: tuple[int, int] = (0, 0)
    image: str = ""
    heats: tuple[HeatPicture, ...] = ()
    scores: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding: where, what, and the gallery's entry that shows it (``""`` for none)."""

    path: str
    message: str
    related: tuple[str, ...]
    anchor: str


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """The findings of one code, with what the code means."""

    code: str
    severity: str
    title: str
    why: str
    hints: tuple[str, ...]
    rows: tuple[FindingRow, ...]
    pictures: tuple[GalleryEntry, ...]
    pictured: int


@dataclass(frozen=True, slots=True)
class SilencedRow:
    """A finding that the dataset's authors accept."""

    code: str
    path: str
    message: str
    reason: str


@dataclass(frozen=True, slots=True)
class FindingsPart:
    """What validation found; ``checked`` says in words what was looked at."""

    checked: str
    groups: tuple[FindingGroup, ...]
    silenced: tuple[SilencedRow, ...]


@dataclass(frozen=True, slots=True)
class Histogram:
    """A measure of one defect's regions: counts per bin, the ends of the axis, and what it says in words."""

    title: str
    counts: tuple[int, ...]
    low: str
    high: str
    says: str


@dataclass(frozen=True, slots=True)
class RegionsPart:
    """What the regions of a category look like: a row of histograms per defect, and the same in quantiles."""

    charts: tuple[tuple[str, tuple[Histogram, ...]], ...]
    grid: Grid | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class CategoryPart:
    """What the card says of one category; lines are (name, words)."""

    name: str
    lines: tuple[tuple[str, str], ...]
    counts: Grid
    defects: Grid | None
    regions: RegionsPart | None = None


@dataclass(frozen=True, slots=True)
class CapturePart:
    """One category in the order of its shots."""

    name: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class ExcludedPart:
    """What screening and cropping took out of one category, and its frames by the score of their match."""

    name: str
    says: str
    counts: Grid | None
    frames: Grid | None
    pictures: tuple[GalleryEntry, ...]
    pictured: str


@dataclass(frozen=True, slots=True)
class CasePicture:
    """What a method is most wrong about: image, ground truth and map, side by side; the verdict is a few words.

    ``anchor`` is the gallery's entry of the image, ``""`` for none.
    """

    key: str
    label: str
    verdict: str
    is_wrong: bool
    says: str
    image: PagePicture
    outlines: tuple[Outline, ...]
    heat: PagePicture | None
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class CaseGroup:
    """The worst mistakes of one kind."""

    method: str
    category: str
    kind: str
    says: str
    cases: tuple[CasePicture, ...]


@dataclass(frozen=True, slots=True)
class ResultsPart:
    """Everything about methods.

    Attributes
    ----------
    says : str
    notes : tuple of str
    grids : tuple of Grid
        Headline numbers by method, then those of every run, thresholds and defects.
    comparison : tuple of Grid
        Methods × categories; empty with one method.
    figures : tuple of (str, tuple of Figure)
        By category.
    regions : tuple of (str, tuple of Figure)
        By category.
    cases : tuple of CaseGroup
    """

    says: str
    notes: tuple[str, ...]
    grids: tuple[Grid, ...]
    comparison: tuple[Grid, ...]
    figures: tuple[tuple[str, tuple[Figure, ...]], ...]
    regions: tuple[tuple[str, tuple[Figure, ...]], ...]
    cases: tuple[CaseGroup, ...]


@dataclass(frozen=True, slots=True)
class GalleryPart:
    """Every picture of the dataset; ``shows`` says in words what the pictures are."""

    shows: str
    entries: tuple[GalleryEntry, ...]


@dataclass(frozen=True, slots=True)
class ReportPage:
    """The whole report. Parts that there is nothing to say about are None or empty."""

    title: str
    subtitle: str
    description: str
    facts: tuple[Fact, ...]
    results: ResultsPart | None
    categories: tuple[CategoryPart, ...]
    capture: tuple[CapturePart, ...]
    aside: tuple[ExcludedPart, ...]
    findings: FindingsPart | None
    gallery: GalleryPart
    provenance: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    palette: tuple[tuple[str, int], ...] = ()

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every chart, in the order in which the page shows them."""
        shown = [figure for part in self.capture for figure in part.figures]
        if self.results:
            groups = (*self.results.figures, *self.results.regions)
            shown = [*(figure for _, figures in groups for figure in figures), *shown]
        return tuple(shown)

    @property
    def names(self) -> tuple[str, ...]:
        """The categories that parts of the page are about, in the order in which they come up."""
        names = [name for name, _ in self.results.figures] if self.results else []
        names += [part.name for part in self.categories]
        names += [*(part.name for part in self.capture), *(part.name for part in self.aside)]
        return tuple(dict.fromkeys(names))


def as_json(value: Any) -> Any:
    """Return a part of the page, or all of it, as a JSON document; of pictures only their size."""
    if isinstance(value, PagePicture):
        return {"width_px": value.width_px, "height_px": value.height_px}
    if is_dataclass(value) and not isinstance(value, type):
        return {part.name: as_json(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, dict):
        return {name: as_json(entry) for name, entry in value.items()}
    if isinstance(value, frozenset):
        return sorted(as_json(entry) for entry in value)
    if isinstance(value, list | tuple):
        return [as_json(entry) for entry in value]
    return value


def picture_bytes(part: Any) -> int:
    """Count the bytes of the pictures in a part of the page."""
    if isinstance(part, PagePicture):
        return len(part.uri)
    if is_dataclass(part) and not isinstance(part, type):
        return sum(picture_bytes(getattr(part, entry.name)) for entry in fields(part))
    return sum(map(picture_bytes, part)) if isinstance(part, list | tuple) else 0
