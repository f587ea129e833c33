"""What each frame is called, asked in one way by every stage.

A person's decision says most, then what experts drew or called it, then the label that it was imported with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from curate.model.capture import Capture
from curate.model.decision import Decision
from curate.model.defect import GOOD, SEVERAL
from curate.model.region import Annotation, defects_of, image_label
from curate.model.words import counted


@dataclass(frozen=True, slots=True)
class FrameLabels:
    """The labels of a category's frames.

    Attributes
    ----------
    drawn : mapping of str to Annotation
        By frame: what experts drew, as it is recorded.
    decided : mapping of str to Decision
        By frame: the label that a person gave afterwards.
    """

    drawn: Mapping[str, Annotation] = field(default_factory=dict)
    decided: Mapping[str, Decision] = field(default_factory=dict)

    def of(self, capture: Capture) -> str:
        """Return what a frame is called: ``good``, a defect, ``multiple``, or ``""`` when nobody has said."""
        return self.named(capture.frame, capture.label)

    def named(self, frame: str, imported: str) -> str:
        """Do as :meth:`of`, for a frame and the label that it was imported with."""
        if frame in self.decided:
            return self.decided[frame].verdict
        return image_label(imported, self.drawn.get(frame))

    def by_frame(self, captures: Iterable[Capture]) -> dict[str, str]:
        """Return what each frame is called."""
        return {capture.frame: self.of(capture) for capture in captures}

    def annotation(self, frame: str) -> Annotation | None:
        """Return what counts of what was drawn in a frame; see :func:`relabelled`."""
        drawn = self.drawn.get(frame)
        return relabelled(drawn, self.decided[frame].verdict) if drawn and frame in self.decided else drawn

    def annotations(self) -> dict[str, Annotation]:
        """Return what counts of everything that was drawn, in the record's order."""
        return {
            frame: relabelled(drawn, self.decided[frame].verdict) if frame in self.decided else drawn
            for frame, drawn in self.drawn.items()
        }

    def changes(self) -> dict[str, str]:
        """Say of each frame whose regions a decision leaves out or renames what becomes of them."""
        said = {}
        for frame, drawn in self.drawn.items():
            names = defects_of(drawn)
            entry = self.decided.get(frame)
            if entry is None or not names or entry.verdict in {SEVERAL, *names[: len(names) == 1]}:
                continue
            fate = "left out" if entry.verdict == GOOD else f"taken as {entry.verdict}"
            which = counted(len(drawn.regions), "region is", "regions are")
            said[frame] = f"called {entry.verdict} {entry.by_hand}: {which} {fate} ({', '.join(names)})"
        return said


def relabelled(drawn: Annotation, label: str) -> Annotation:
    """Return what a frame shows once a person has called it something else.

    A good frame has no regions. Regions of a frame that is given a defect's name are of that defect, whatever they were
    called before; ``multiple`` leaves them as they are.
    """
    if label == SEVERAL:
        return replace(drawn, label=label)
    kept = () if label == GOOD else tuple(replace(region, defect=label) for region in drawn.regions)
    return replace(drawn, label=label, regions=kept)
