"""Classes that somebody labelled and that the benchmark does not hold. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from curate.model.capture import Capture
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.defect import GOOD, SEVERAL
from curate.model.finding import Finding
from curate.model.labels import FrameLabels
from curate.model.region import defects_of
from curate.model.words import counted

_LISTED = 10


def classes_of(labels: FrameLabels, captures: Iterable[Capture]) -> dict[str, tuple[str, ...]]:
    """Return the defects that each frame shows; frames without any are left out."""
    classes = {}
    for capture in captures:
        label = labels.of(capture)
        drawn = labels.annotation(capture.frame)
        if label == SEVERAL and drawn is not None:
            classes[capture.frame] = tuple(defects_of(drawn))
        elif label and label not in {GOOD, SEVERAL}:
            classes[capture.frame] = (label,)
    return classes


def lost_classes(
    classes: Mapping[str, Collection[str]], there: Collection[str], what: str, path: str, why: Mapping[str, str]
) -> list[Finding]:
    """CUR562: name each class that is labelled and not there, with what became of its frames.

    Parameters
    ----------
    classes : mapping of str to collection of str
        Frame to the defects that it shows.
    there : collection of str
        Classes that the benchmark holds.
    what : str
        What it is that should hold them: ``the split default``.
    path : str
        For the findings.
    why : mapping of str to str
        Frame to what became of it, where that is known.
    """
    findings = []
    for name in sorted({name for names in classes.values() for name in names} - set(there)):
        frames = [frame for frame, names in classes.items() if name in names]
        reasons = Counter(why[frame] for frame in frames if why.get(frame))
        listed = ", ".join(f"{reason} ({count})" for reason, count in reasons.most_common())
        message = f"{name} is labelled on {counted(len(frames), 'frame', 'frames')} and on none in {what}"
        message += f": {listed}" if listed else ""
        findings.append(found(codes.CLASS_LOST, message, path, related=tuple(frames[:_LISTED])))
    return findings
