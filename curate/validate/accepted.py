"""Findings that people accepted in the workspace that a dataset was exported from. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from curate.model.decision import Decision, Standing
from curate.model.finding import Finding
from curate.model.silence import Silenced
from curate.validate.table import CategoryTable


@dataclass(frozen=True, slots=True)
class Accepted:
    """What people decided about findings.

    Attributes
    ----------
    folder : str
        The checked folder, relative to the workspace; ``""`` for the workspace itself.
    published : mapping of str to Standing
        By category as it is published: a category of the workspace may be published once for each of its windows.
    """

    folder: str = ""
    published: Mapping[str, Standing] = field(default_factory=dict)

    def take_out(
        self, findings: Iterable[Finding], tables: Iterable[CategoryTable] = ()
    ) -> tuple[list[Finding], list[Silenced]]:
        """Divide findings into those that count, and those that somebody accepted, with his reason.

        A decision names a frame, because published images get other names with every split. It covers the findings of
        its code about each image and mask of the frame, whichever of two images they name first. A finding about no
        frame is accepted by its path.
        """
        if not any(standing.findings for standing in self.published.values()):
            return list(findings), []
        frames = _frames_by_path(tables)
        kept: list[Finding] = []
        silenced: list[Silenced] = []
        for finding in findings:
            decision = self._about(finding, frames)
            if decision is None:
                kept.append(finding)
            else:
                silenced.append(Silenced(finding, decision.reason))
        return kept, silenced

    def _about(self, finding: Finding, frames: Mapping[str, tuple[str, str]]) -> Decision | None:
        """Return the decision that accepts a finding; None where there is none."""
        path = "/".join(part for part in (self.folder, finding.path) if part)
        things = [(standing, path) for standing in self.published.values()]
        if finding.path in frames:
            named = (frames[place] for place in (finding.path, *finding.related) if place in frames)
            things += [(self.published[name], frame) for name, frame in named if name in self.published]
        decisions = (standing.findings.get((finding.code, thing)) for standing, thing in things)
        return next((entry for entry in decisions if entry is not None and entry.verdict == "accept"), None)


NOTHING_ACCEPTED = Accepted()


def _frames_by_path(tables: Iterable[CategoryTable]) -> dict[str, tuple[str, str]]:
    """Return the category and frame that each published image and mask comes from."""
    frames: dict[str, tuple[str, str]] = {}
    for table in tables:
        for sample in table.samples:
            origin = table.origins.get(sample.path)
            if origin and origin.frame:
                frames |= dict.fromkeys((sample.path, *sample.masks), (table.name, origin.frame))
    return frames
