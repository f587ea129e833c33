"""Make a leaderboard: read results, verify those whose submissions are at hand, rank, write the pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from curate.datasets.dataset import read_dataset
from curate.disk.atomic import write_json, write_text
from curate.disk.publish import refuse_foreign
from curate.errors import CurateError, InputError
from curate.evaluate.comparison_text import as_csv
from curate.evaluate.consistency import read_checked_result
from curate.evaluate.identity import KnownDataset, know_dataset, refuse_other_datasets, refuse_other_key
from curate.evaluate.significance import Test
from curate.evaluate.verify import verify_result
from curate.execution import Execution
from curate.leaderboard.entries import LeaderboardEntry, ResultFile, entries_of
from curate.leaderboard.render import render_entry, render_index
from curate.leaderboard.standings import SCHEMA, UNCHECKED, Standings, Verdict, compared
from curate.submissions.concealed import TruthKey

MOST_RESULTS = 500
_SUFFIXES = ("", ".zip", ".tar", ".tar.gz", ".tgz")
_JSON_NAME = "leaderboard.json"
_REASONS = 10


@dataclass(frozen=True, slots=True)
class LeaderboardReport:
    """What :func:`write_leaderboard` wrote.

    Attributes
    ----------
    destination : str
    standings : Standings
    unchecked : tuple of str
        What of the results' files could not be checked.
    """

    destination: str
    standings: Standings
    unchecked: tuple[str, ...] = field(default=())

    @property
    def clean(self) -> bool:
        """Whether nothing failed its verification and nothing was of another dataset."""
        return not self.standings.failed and not self.standings.of_other_datasets

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON document."""
        return {**self.standings.to_json(), "unchecked": list(self.unchecked)}


def write_leaderboard(
    results: Sequence[Path],
    destination: Path,
    *,
    title: str = "",
    submissions: Path | None = None,
    dataset_root: Path | None = None,
    layout: str | None = None,
    key: TruthKey | None = None,
    test: Test = "welch",
    execution: Execution = Execution(),
    say: Callable[[str], None] = lambda _: None,
) -> LeaderboardReport:
    """Write ``index.html``, a page an entry below ``entries/``, ``leaderboard.csv`` and ``leaderboard.json``.

    Parameters
    ----------
    results : sequence of Path
        Files of ``curate evaluate``; at most :data:`MOST_RESULTS`.
    destination : Path
        A folder: a new one, or one that this function wrote.
    title : str
        The dataset's name when empty.
    submissions : Path, optional
        A folder with a submission for each result: a folder or archive of the result's name. Then each result is
        computed again and marked; one that does not come out again is named and not ranked. Needs ``dataset_root``.
    dataset_root : Path, optional
        Results of another dataset are left out and named. Without it all must be of one dataset.
    layout : str, optional
    key : TruthKey, optional
        Of a dataset whose truth is private, to verify submissions to its public half.
    test : str
        As for :func:`~curate.evaluate.compare.compare_results`.
    execution : Execution
    say : callable
        Told which result is verified.

    Raises
    ------
    InputError
        If there are too many results, one is none or contradicts itself, they are of different datasets, or two are the
        same run.
    """
    if len(results) > MOST_RESULTS:
        raise InputError(f"there are {len(results)} results, a leaderboard takes up to {MOST_RESULTS}")
    if submissions is not None and dataset_root is None:
        raise InputError("to verify results, the dataset is needed", hint="name it with --dataset DIR")
    refuse_foreign(destination, is_own=_is_own, without=f"no {_JSON_NAME} in it says so")
    files, unchecked = _read(results)
    known = _known(dataset_root, layout, execution)
    if key and known:
        refuse_other_key(key, known)
    files, of_other_datasets = _of_dataset(files, known)
    entries = entries_of(files)
    verdicts = _verdicts(entries, partial(_verified, submissions, dataset_root, layout, key, execution), say)
    failed = tuple(entry for entry in entries if verdicts[entry.key].state == "failed")
    ranked = tuple(entry for entry in entries if entry not in failed)
    if not ranked:
        raise InputError("no result can be ranked", hint="see the reasons above")
    first = ranked[0].runs[0]
    fingerprint = known.fingerprint() if known else first.dataset.fingerprint
    name = known.dataset.name if known else first.dataset.name
    standings = Standings(name, fingerprint, ranked, failed, verdicts, compared(ranked, test=test), of_other_datasets)
    _write(standings, destination, title or name)
    return LeaderboardReport(str(destination), standings, unchecked)


def _is_own(folder: Path) -> bool:
    try:
        return SCHEMA in (folder / _JSON_NAME).read_text(encoding="utf-8")[:200]
    except (OSError, UnicodeDecodeError):
        return False


def _read(results: Sequence[Path]) -> tuple[list[ResultFile], tuple[str, ...]]:
    """Read all results; every one that is damaged or contradicts itself is named at once."""
    files, unchecked, problems = [], [], []
    for path in dict.fromkeys(results):
        try:
            result, sentences = read_checked_result(path)
        except CurateError as error:
            problems.append(str(error).split("\n  next:", maxsplit=1)[0])
            continue
        files.append(ResultFile(path, result))
        unchecked += [f"{path}: {sentence}" for sentence in sentences]
    if problems:
        raise InputError(
            f"{len(problems)} of {len(files) + len(problems)} results cannot be shown:\n" + "\n".join(problems),
            hint="leave them out, or evaluate their submissions again",
        )
    return files, tuple(unchecked)


def _known(root: Path | None, layout: str | None, execution: Execution) -> KnownDataset | None:
    return know_dataset(root, read_dataset(root, layout), execution) if root is not None else None


def _of_dataset(
    files: list[ResultFile], known: KnownDataset | None
) -> tuple[list[ResultFile], tuple[tuple[str, str], ...]]:
    if known is None:
        refuse_other_datasets([(str(file.path), file.result) for file in files])
        return files, ()
    reasons = [known.mismatch(file.result) for file in files]
    of_other_datasets = tuple((file.path.name, reason) for file, reason in zip(files, reasons, strict=True) if reason)
    return [file for file, reason in zip(files, reasons, strict=True) if not reason], of_other_datasets


def _verdicts(
    entries: Sequence[LeaderboardEntry],
    verdict_of: Callable[[Path], Verdict],
    say: Callable[[str], None],
) -> dict[str, Verdict]:
    verdicts = {}
    for entry in entries:
        verdicts[entry.key] = _joined([verdict_of(path) for path in entry.files])
        say(f"{entry.title}: {verdicts[entry.key].state}")
    return verdicts


def _verified(
    submissions: Path | None,
    root: Path | None,
    layout: str | None,
    key: TruthKey | None,
    execution: Execution,
    path: Path,
) -> Verdict:
    """Compute one result again from the submission of its name."""
    if submissions is None or root is None:
        return UNCHECKED
    places = [submissions / f"{path.stem}{suffix}" for suffix in _SUFFIXES]
    place = next((entry for entry in places if entry.exists()), None)
    if place is None:
        return Verdict("unchecked", (f"{path.name}: there is no submission {path.stem} to compute it from",))
    try:
        outcome = verify_result(path, place, root, layout=layout, key=key, execution=execution)
    except CurateError as error:
        return Verdict("failed", (f"{path.name}: its submission cannot be scored: {error.message}",))
    if outcome.report.result is None:
        first = outcome.report.findings[0]
        return Verdict(
            "failed", (f"{path.name}: its submission is refused: {first.code} {first.path} {first.message}",)
        )
    if outcome.differences:
        return Verdict("failed", tuple(f"{path.name}: {text}" for text in outcome.differences[:_REASONS]))
    return Verdict("verified", tuple(f"{path.name}: not verified: {text}" for text in outcome.unverified))


def _joined(parts: Sequence[Verdict]) -> Verdict:
    """Return the verdict over all files of an entry: the worst."""
    state = next(name for name in ("failed", "unchecked", "verified") if any(part.state == name for part in parts))
    return Verdict(state, tuple(reason for part in parts if part.state == state for reason in part.reasons))


def _write(standings: Standings, destination: Path, title: str) -> None:
    """Write all pages; those of entries that are no more are taken away."""
    document = standings.to_json()
    pages = {f"{entry.key}.html": entry for entry in (*standings.entries, *standings.failed)}
    folder = destination / "entries"
    for name, entry in pages.items():
        write_text(folder / name, render_entry(entry, standings, title))
    for path in folder.glob("*.html"):
        if path.name not in pages:
            path.unlink()
    write_text(destination / "leaderboard.csv", as_csv(standings.comparison) + "\n")
    write_text(destination / "index.html", render_index(document, title))
    write_json(destination / _JSON_NAME, document)
