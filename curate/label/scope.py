"""Which frames an import of labels is about, and what it says of those that it does not name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from curate.errors import InputError
from curate.formats.records import ReadOptions
from curate.label.plan import LabelPlan, OpinionChoice
from curate.model.capture import Capture
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.defect import GOOD
from curate.model.finding import Finding, has_errors
from curate.model.region import Annotation
from curate.model.words import counted

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class LabelScope:
    """What the sources cover.

    Attributes
    ----------
    series : tuple of str
        The sources speak of frames of these series only; of all when empty.
    rest_is_good : bool
        They show every defect there is: frames of these series that they do not name are good.
    """

    series: tuple[str, ...] = ()
    rest_is_good: bool = False

    def check(self, known: Sequence[str]) -> None:
        """Refuse a series that there is not, and a rest that nobody has bounded.

        Raises
        ------
        InputError
        """
        unknown = [name for name in self.series if name not in known]
        if unknown:
            raise InputError(
                f"there is no series {', '.join(unknown)}; known: {', '.join(known) or 'none'}",
                hint="check --series",
            )
        if self.rest_is_good and not self.series and len(known) > 1:
            raise InputError(
                f"which frames are the rest? There are {len(known)} series: {', '.join(known)}",
                hint="say with --series for which of them the sources show every defect",
            )

    def covers(self, capture: Capture) -> bool:
        """Whether a frame is of a series that the sources speak of."""
        return not self.series or capture.series in self.series


EVERY_SERIES = LabelScope()


def good_rest(
    plan: LabelPlan, captures: Iterable[Capture], before: Mapping[str, Annotation], source: str
) -> tuple[dict[str, Annotation], list[Finding]]:
    """Call the frames good that the sources do not name, unless an error leaves open which frame is meant.

    Parameters
    ----------
    plan : LabelPlan
        Of what the sources say.
    captures : iterable of Capture
        The frames that they cover.
    before : mapping
        What the record held: whatever it says stays.
    source : str
        Name of the sources, for the record.

    Returns
    -------
    dict of Annotation by frame
    list of Finding
    """
    rest = [capture for capture in captures if capture.frame not in plan.meant]
    if has_errors(plan.findings):
        why = f"{counted(len(rest), 'frame was', 'frames were')} not called good: what is wrong above may be about them"
        return {}, [found(codes.REST_NOT_CALLED_GOOD, why, source)]
    kept = [c.frame for c in rest if c.frame in before and before[c.frame].regions]
    findings = []
    if kept:
        many = counted(len(kept), "frame that is not named has", "frames that are not named have")
        why = f"{many} regions of an earlier import, which stay"
        findings.append(found(codes.ANNOTATION_KEPT, why, source, related=tuple(kept[:_SHOWN])))
    good = {
        c.frame: Annotation(c.frame, c.width_px, c.height_px, GOOD, (), f"not named in {source}")
        for c in rest
        if c.frame not in before
    }
    return good, findings


def words_of(
    files: Sequence[str], format_name: str, options: ReadOptions, choice: OpinionChoice, scope: LabelScope
) -> tuple[str, ...]:
    """Return the words of the command that imports the same files in the same way, without the category.

    >>> " ".join(words_of(["a.json"], "auto", ReadOptions(), OpinionChoice(), LabelScope(("day 1",), True)))
    'label import a.json --series day 1 --rest good'
    """
    words = ["label", "import", *files]
    words += ["--format", format_name] if format_name != "auto" else []
    words += ["--defect", options.defect] if options.defect else []
    for old, new in sorted(options.renames.items()):
        words += ["--rename", f"{old}={new}"]
    words += ["--angle-unit", options.angle_unit] if options.angle_unit != "auto" else []
    words += ["--split-masks"] if options.split_masks else []
    values = ",".join(f"{colour[0]}={name}" for colour, name in options.legend.items())
    words += ["--values", values] if values else []
    words += ["--annotator", choice.annotator] if choice.annotator else []
    words += ["--merge", choice.merge] if choice.merge != "latest" else []
    for series in scope.series:
        words += ["--series", series]
    return (*words, *(["--rest", "good"] if scope.rest_is_good else []))
