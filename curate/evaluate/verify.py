"""Compute a recorded result again and say whether it holds: every number, name, note and fingerprint.

Nothing is passed over in silence. What cannot be computed again is either the same by another way (a version in the
signature must be that of the file) or named under ``unverified``: a verification never says more than it looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from curate.errors import InputError
from curate.evaluate.provenance import differences, signature_parts
from curate.evaluate.run import EvaluationReport, FingerprintRule, score_folders
from curate.execution import Execution
from curate.model.evaluation_options import EvaluationOptions
from curate.model.finding import Finding
from curate.model.result import CategoryResult, Result, ScoredDataset, ScoredImage, without_notes
from curate.model.typed_json import encode
from curate.model.words import Shown
from curate.submissions.concealed import TruthKey
from curate.submissions.results import read_result

_VERSIONS = ("curate", "numpy", "opencv")
"""Parts of a signature that may differ: numbers must be the same whatever computed them."""

_ERRORS = "dataset-errors"
_NOT_CHECKED = "not-checked"

OLD_FINGERPRINTS = (
    "its fingerprints are of version 1, which cover neither the pixels of images nor method, settings and what was "
    "left out; evaluate again for ones that do"
)


@dataclass(frozen=True, slots=True, repr=False)
class VerificationReport(Shown):
    """Whether a recorded result came out again.

    Attributes
    ----------
    differences : tuple of str
        One sentence each; empty when everything is the same.
    report : EvaluationReport
    unverified : tuple of str
        What the file says and nobody could look at, one sentence each.
    """

    differences: tuple[str, ...]
    report: EvaluationReport
    unverified: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the outcome as one document."""
        if self.report.result is None:
            return self.report.to_json()
        return {
            "schema": "curate/verification/1",
            "same": not self.differences,
            "differences": list(self.differences),
            "unverified": list(self.unverified),
        }


def verify_result(
    recorded: Path | str,
    submission_root: Path | str,
    dataset_root: Path | str,
    *,
    layout: str | None = None,
    dataset_findings: Sequence[Finding] | None = None,
    key: TruthKey | None = None,
    execution: Execution = Execution(),
) -> VerificationReport:
    """Compute a recorded result again, with its own settings, and compare all that it says. Every image is read.

    Parameters
    ----------
    recorded, submission_root, dataset_root : Path
    layout : str, optional
        Insist on the dataset's layout; left out, the one that was insisted on before, else recognised by looking.
    dataset_findings, key, execution
        As for :func:`~curate.evaluate.run.evaluate_submission`.

    Raises
    ------
    InputError
        If the file is no result of curate, or was made with settings that this version does not know.
    """
    recorded = Path(recorded)
    submission_root = Path(submission_root)
    dataset_root = Path(dataset_root)
    known = read_result(recorded)
    options = _settings(known, recorded)
    report = score_folders(
        submission_root,
        dataset_root,
        replace(options, layout=layout or options.layout),
        dataset_findings,
        execution,
        rule=FingerprintRule(known.dataset.fingerprint_version or 1, always_read=True),
        key=key,
    )
    if report.result is None:
        return VerificationReport((), report)
    check = _Check()
    check.result(known, report.result)
    # A changed file explains every changed number: fingerprints come first.
    found = sorted(check.differences, key=lambda text: "fingerprint" not in text and ".files:" not in text)
    return VerificationReport(tuple(found), report, tuple(dict.fromkeys(check.unverified)))


def recorded_layout(recorded: Path) -> str | None:
    """Return the dataset's layout that somebody insisted on when a result was made; None when nobody did."""
    settings = read_result(recorded).settings
    return settings.layout if settings else None


def _settings(known: Result, recorded: Path) -> EvaluationOptions:
    """Return the settings to compute with, refusing those that nobody here could follow."""
    if known.settings is None or known.settings.extra:
        unknown = ", ".join(known.settings.extra) if known.settings else ""
        message = f"was made with settings that this version does not know: {unknown}"
        if known.settings is None:
            message = "does not say which settings it was made with"
        raise InputError(message, path=recorded, hint="evaluate again, or with the version of curate that wrote it")
    if known.dataset.fingerprint_version not in {None, 2} or known.submission.fingerprint_version not in {None, 2}:
        raise InputError(
            f"has fingerprints of version {known.dataset.fingerprint_version} and "
            f"{known.submission.fingerprint_version}, expected 2, or none at all",
            path=recorded,
            hint="verify it with the version of curate that wrote it",
        )
    return known.settings


class _Check:
    """Compares results and collects sentences."""

    def __init__(self) -> None:
        self.differences: list[str] = []
        self.unverified: list[str] = []

    def result(self, recorded: Result, computed: Result, place: str = "") -> None:
        """Compare two results, and their runs."""
        if recorded.dataset.fingerprint_version is None:
            self.unverified.append(f"{place}{OLD_FINGERPRINTS}")
        self._signature(recorded, computed, place)
        self._category_notes(recorded, computed, place)
        pair = _comparable(recorded), _comparable(self._as_recorded(recorded, computed, place))
        found = list(_between(*pair, place))
        if recorded.curate_version != computed.curate_version:
            silent = list(_between(without_notes(pair[0]), without_notes(pair[1]), place))
            if silent != found:
                self.unverified.append(f"{place}notes: worded otherwise than by curate {computed.curate_version}")
            found = silent
        self.differences += found
        before, after = recorded.runs or (), computed.runs or ()
        if len(before) != len(after):
            self.differences.append(f"{place}runs: recorded {len(before)}, computed {len(after)}")
        for number, (one, other) in enumerate(zip(before, after, strict=False)):
            self.result(one, other, f"{place}runs[{number}].")

    def _as_recorded(self, recorded: Result, computed: Result, place: str) -> Result:
        """Leave out of what was computed the curves and images that an older version did not record."""
        categories = {}
        for name, entry in computed.categories.items():
            known = recorded.categories.get(name, entry)
            shown = replace(
                entry,
                curves=entry.curves if known.curves else None,
                images=_as_listed(entry, recorded.dataset.fingerprint_version) if known.images is not None else None,
            )
            lacking = [part for part in ("curves", "images") if getattr(entry, part) and not getattr(known, part)]
            self.unverified += [f"{place}categories.{name}.{part}: not in the file" for part in lacking]
            categories[name] = shown
        dataset, submission = self._dataset(recorded, computed, place), computed.submission
        if recorded.dataset.covers is None:  # of before; the version of the fingerprints says the same
            dataset = replace(dataset, covers=None)
        if recorded.submission.covers is None:
            submission = replace(submission, covers=None)
        return replace(computed, categories=categories, dataset=dataset, submission=submission)

    def _dataset(self, recorded: Result, computed: Result, place: str) -> ScoredDataset:
        """Leave out what older results do not say of the dataset; they named it by its folder."""
        known = recorded.dataset
        if known.category_fingerprints is not None or known.fingerprint_version is None:
            return computed.dataset
        self.unverified.append(f"{place}dataset.category_fingerprints: not in the file")
        if known.name != computed.dataset.name:
            self.unverified.append(f"{place}dataset.name: recorded {known.name}, from its folder at that time")
        return replace(computed.dataset, category_fingerprints=None, name=known.name)

    def _signature(self, recorded: Result, computed: Result, place: str) -> None:
        """Compare the signatures part by part: what a number depends on must be the same, versions may differ."""
        before, after = signature_parts(recorded.signature), signature_parts(computed.signature)
        if "|".join(f"{name}:{value}" for name, value in before.items()) != recorded.signature:
            self.differences.append(f"{place}signature: recorded {recorded.signature!r}, which is no signature")
            return
        if before.get("curate") != recorded.curate_version:
            self.differences.append(
                f"{place}signature.curate: recorded {before.get('curate')}, curate_version {recorded.curate_version}"
            )
        for name in dict.fromkeys([*after, *before]):
            one, other = before.get(name), after.get(name)
            if one == other or (name in _VERSIONS and one):
                continue
            if name == _ERRORS and one is not None and _NOT_CHECKED in {one, other}:
                if one != _NOT_CHECKED:
                    self.unverified.append(f"{place}errors of the dataset: recorded {one}, not looked at now")
            elif name == _ERRORS and one is None and recorded.curate_version != computed.curate_version:
                self.unverified.append(f"{place}errors of the dataset: not in the file")
            else:
                self.differences.append(f"{place}signature.{name}: recorded {one}, computed {other}")

    def _category_notes(self, recorded: Result, computed: Result, place: str) -> None:
        """Compare what is said of the dataset, which only a validated dataset lets one do."""
        checked = [signature_parts(result.signature).get(_ERRORS, _NOT_CHECKED) for result in (recorded, computed)]
        for name, entry in recorded.categories.items():
            other = computed.categories.get(name)
            if other is None or entry.notes == other.notes:
                continue
            where = f"{place}categories.{name}.notes"
            if checked[1] == _NOT_CHECKED and checked[0] != _NOT_CHECKED:
                self.unverified.append(f"{where}: the dataset was not looked at now")
            elif checked[0] == _NOT_CHECKED and entry.notes is None:
                continue  # nobody had looked: it does not say that there is nothing
            elif recorded.curate_version != computed.curate_version and entry.notes and other.notes:
                self.unverified.append(f"{where}: worded otherwise than by curate {computed.curate_version}")
            else:
                self.differences.append(f"{where}: recorded {_said(entry)}, computed {_said(other)}")


def _as_listed(entry: CategoryResult, version: int | None) -> tuple[ScoredImage, ...] | None:
    """Return the images as a file lists them; those of version 1 do not name the defects that a folder does not."""
    if version is not None or entry.images is None:
        return entry.images
    return tuple(replace(image, defects=None) for image in entry.images)


def _between(recorded: Result, computed: Result, place: str) -> Iterator[str]:
    return (f"{place}{sentence}" for sentence in differences(encode(recorded), encode(computed)))


def _said(entry: CategoryResult) -> str:
    return "none" if entry.notes is None else " / ".join(entry.notes)


def _comparable(result: Result) -> Result:
    """Leave out what is compared by itself; which layout was read stands in the dataset's part, whoever chose it."""
    settings = replace(result.settings, layout=None) if result.settings else None
    categories = {name: replace(entry, notes=None) for name, entry in result.categories.items()}
    return replace(result, curate_version="", signature="", settings=settings, categories=categories, runs=None)
