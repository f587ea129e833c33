"""``records/order/<category>.json``: what stays open about the order of frames, and what people said of clocks.

It also holds the other names of frames that came several times, so that labels under any of them are understood.
Import writes it; ``status``, ``split`` and ``validate`` repeat what stands there until it is settled: by an import with
``--reorder``, ``--order``, ``--clock`` or ``--series``, or by somebody who accepts it with a reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from curate.disk.atomic import write_json
from curate.disk.json_text import parse_json
from curate.disk.reading import is_there, read_plain
from curate.errors import RecordError
from curate.model.decision import DecisionDraft, Standing, last_about
from curate.model.finding import Finding
from curate.workspace.decisions import append_decision, read_decisions, read_standing
from curate.workspace.workspace import Workspace

_SCHEMA = "curate/order/1"

OtherNames: TypeAlias = Mapping[str, tuple[str, ...]]
"""By the sha256 of a content: the other names under which it came, relative to their sources."""


@dataclass(frozen=True, slots=True)
class SeriesOrder:
    """What is known about the order of one series besides the order itself.

    Attributes
    ----------
    clocks : dict of str to (int, int or None)
        Camera to the seconds that are added to its times, and the zone that it shows, in seconds east of UTC.
    findings : tuple of Finding
        What contradicts the order or leaves it open; paths are frames, or the series.
    """

    clocks: Mapping[str, tuple[int, int | None]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def read_series_orders(workspace: Workspace, category: str) -> dict[str, SeriesOrder]:
    """Return what stands about each series; empty when nothing does.

    Raises
    ------
    RecordError
        If the file is no such record.
    """
    return _read(workspace, category)[0]


def read_other_names(workspace: Workspace, category: str) -> OtherNames:
    """Return the names under which contents came again, by the sha256 of their bytes.

    Raises
    ------
    RecordError
        If the file is no such record.
    """
    return _read(workspace, category)[1]


def _read(workspace: Workspace, category: str) -> tuple[dict[str, SeriesOrder], OtherNames]:
    path = workspace.order_record(category)
    if not is_there(path):
        return {}, {}
    try:
        document = parse_json(read_plain(path))
        if document["schema"] == _SCHEMA:
            names = {sha256: tuple(map(str, also)) for sha256, also in document.get("names", {}).items()}
            return {name: _parse(entry) for name, entry in document["series"].items()}, names
        error: Exception = ValueError(f"its schema is {document['schema']!r}, expected {_SCHEMA!r}")
    except (ValueError, KeyError, TypeError, AttributeError) as caught:
        error = caught
    hint = "restore it from version control, or delete it and run `curate import` again with --reorder"
    raise RecordError(f"is not a record of the order ({error})", path=path, hint=hint) from error


def write_series_orders(
    workspace: Workspace, category: str, orders: Mapping[str, SeriesOrder], names: OtherNames | None = None
) -> None:
    """Record what stands about every series of a category; no file is left where nothing does.

    Other names of contents stay as they are recorded unless ``names`` are given.
    """
    path = workspace.order_record(category)
    names = read_other_names(workspace, category) if names is None else names
    entries = {name: _render(entry) for name, entry in sorted(orders.items()) if entry.clocks or entry.findings}
    also = {"names": {sha256: list(names[sha256]) for sha256 in sorted(names)}} if names else {}
    if entries or also:
        write_json(path, {"schema": _SCHEMA, "series": entries, **also})
    else:
        path.unlink(missing_ok=True)


def standing_findings(workspace: Workspace, category: str, decided: Standing | None = None) -> list[Finding]:
    """Return what is open about the order of a category's frames, with paths relative to the workspace.

    What somebody accepted is left out: by the frame, or by the path that is returned here.
    """
    decided = read_standing(workspace, category) if decided is None else decided
    findings = []
    for entry in read_series_orders(workspace, category).values():
        for finding in entry.findings:
            shown = replace(
                finding,
                path=workspace.relative(workspace.captures(category) / finding.path),
                related=tuple(workspace.relative(workspace.captures(category) / path) for path in finding.related),
            )
            about = [decided.findings.get((finding.code, path)) for path in (finding.path, shown.path)]
            if not any(entry is not None and entry.verdict == "accept" for entry in about):
                findings.append(shown)
    return findings


def accept_standing(workspace: Workspace, category: str, code: str, reason: str, series: Sequence[str] = ()) -> int:
    """Accept what is open about the order of a category's frames, and return how many findings that were.

    Parameters
    ----------
    code : str
        The findings' code.
    reason : str
    series : sequence of str
        Only findings about these, and their frames; all when empty.
    """
    root = workspace.relative(workspace.captures(category))
    decisions = read_decisions(workspace, category)
    accepted = 0
    for path in sorted({finding.path for finding in standing_findings(workspace, category) if finding.code == code}):
        about = path.removeprefix(f"{root}/")
        if series and about.partition("/")[0] not in series:
            continue
        draft = DecisionDraft(path, "finding", "accept", reason, code=code)
        last = last_about(decisions, draft.thing)
        append_decision(workspace, category, draft, seen=last.id if last else None)
        accepted += 1
    return accepted


def _parse(entry: dict[str, Any]) -> SeriesOrder:
    clocks = {
        camera: (int(said["add_s"]), None if said["zone_s"] is None else int(said["zone_s"]))
        for camera, said in entry["clocks"].items()
    }
    findings = tuple(
        Finding(
            code=str(item["code"]),
            message=str(item["message"]),
            path=str(item["path"]),
            severity=item["severity"],
            related=tuple(map(str, item["related"])),
            hint=str(item["hint"]),
        )
        for item in entry["findings"]
    )
    return SeriesOrder(clocks, findings)


def _render(entry: SeriesOrder) -> dict[str, Any]:
    clocks = {camera: {"add_s": add, "zone_s": zone} for camera, (add, zone) in sorted(entry.clocks.items())}
    return {"clocks": clocks, "findings": [finding.to_json() for finding in entry.findings]}
