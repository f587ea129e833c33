"""Move frames that are known to the series that an import names for them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from curate.importing.names import assign_names
from curate.importing.user_metadata import UserMetadata
from curate.model.capture import Capture
from curate.model.evidence import Sighting


def moves_of(
    sightings: Sequence[Sighting],
    by_sha: Mapping[str, Capture],
    said: UserMetadata,
    taken: Iterable[str],
) -> dict[str, str]:
    """Return which known frames get which new name, because they were seen again and another series was named.

    Parameters
    ----------
    sightings : sequence of Sighting
    by_sha : mapping of str to Capture
        Recorded frames by their content.
    said : UserMetadata
        What names the series.
    taken : iterable of str
        Frames whose names are in use.
    """
    wanted: dict[str, str] = {}
    for sighting in sorted(sightings, key=lambda entry: entry.source.name):
        capture = by_sha.get(sighting.sha256)
        series = said.about(sighting.source.name).series
        if capture is not None and capture.series != series and capture.sha256 not in wanted:
            wanted[capture.sha256] = f"{series}/{capture.frame.partition('/')[2]}"
    names = assign_names(wanted, taken)
    return {by_sha[sha256].frame: names[sha256] for sha256 in wanted}
