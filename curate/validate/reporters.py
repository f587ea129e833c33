"""Render a finished validation for machines: SARIF and annotations for code hosts, JUnit for build servers. Pure."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from curate import __version__
from curate.disk.xml_text import escape, quoteattr
from curate.model.codes import BY_CODE
from curate.model.finding import Finding
from curate.model.silence import Silenced

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def sarif(findings: Sequence[Finding], silenced: Sequence[Silenced] = ()) -> str:
    """Render findings as a SARIF 2.1.0 log; silenced ones are in it as suppressed results, with their reason."""
    codes = sorted({finding.code for finding in (*findings, *(entry.finding for entry in silenced))})
    rules = [
        {
            "id": code,
            "shortDescription": {"text": BY_CODE[code].title},
            "fullDescription": {"text": BY_CODE[code].why},
            "help": {"text": f"example: {BY_CODE[code].example}\nfix: {BY_CODE[code].fix}"},
            "defaultConfiguration": {"level": _LEVELS[BY_CODE[code].severity]},
        }
        for code in codes
    ]
    results = [_result(finding, codes) for finding in findings]
    for entry in silenced:
        suppression = {"kind": "external", "justification": entry.reason}
        results.append({**_result(entry.finding, codes), "suppressions": [suppression]})
    driver = {"name": "curate", "version": __version__, "rules": rules}
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results, "columnKind": "unicodeCodePoints"}],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _result(finding: Finding, codes: Sequence[str]) -> dict[str, Any]:
    hint = f"\nnext: {finding.hint}" if finding.hint else ""
    return {
        "ruleId": finding.code,
        "ruleIndex": codes.index(finding.code),
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.message}{hint}"},
        "locations": [_location(finding.path or ".")],
        "relatedLocations": [_location(path) for path in finding.related],
    }


def _location(path: str) -> dict[str, Any]:
    from urllib.parse import quote

    return {"physicalLocation": {"artifactLocation": {"uri": quote(path), "uriBaseId": "ROOT"}}}


_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}


def github(findings: Iterable[Finding], root: str) -> str:
    """Render findings as workflow commands of GitHub Actions, which it shows beside the files.

    Parameters
    ----------
    findings : iterable of Finding
    root : str
        The dataset's folder as seen from the repository; findings' paths are below it.
    """
    lines = []
    for finding in findings:
        place = f"file={_property(_joined(root, finding.path))}," if finding.path else ""
        title = f"title={_property(f'{finding.code} {BY_CODE[finding.code].title}')}"
        hint = f"\nnext: {finding.hint}" if finding.hint else ""
        lines.append(f"::{_COMMANDS[finding.severity]} {place}{title}::{_data(f'{finding.message}{hint}')}")
    return "\n".join(lines)


def _joined(root: str, path: str) -> str:
    base = root.replace("\\", "/").removeprefix("./").rstrip("/")
    return path if base in {"", "."} else f"{base}/{path}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def junit(findings: Iterable[Finding], silenced: Sequence[Silenced] = (), *, strict: bool = False) -> str:
    """Render findings as JUnit XML.

    One test case a code that said something, failing on errors, or with ``strict`` on warnings too. A clean dataset is
    one passing case, because build servers take an empty file for a broken run.
    """
    groups: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        groups[finding.code].append(finding)
    cases = [_case(code, groups[code], strict=strict) for code in sorted(groups)]
    for code in sorted({entry.finding.code for entry in silenced}):
        reasons = "; ".join(sorted({entry.reason for entry in silenced if entry.finding.code == code}))
        cases.append(
            _open_case(f"{code} {BY_CODE[code].title} (silenced)")
            + f"<skipped message={quoteattr(reasons)}/></testcase>"
        )
    if not cases:
        cases.append(_open_case("all checks") + "</testcase>")
    failures, skipped = (sum(tag in case for case in cases) for tag in ("<failure ", "<skipped "))
    counts = f'tests="{len(cases)}" failures="{failures}" skipped="{skipped}"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites {counts}>",
        f'  <testsuite name="curate validate" {counts}>',
        *cases,
        "  </testsuite>",
        "</testsuites>",
    ]
    return "\n".join(lines)


def _case(code: str, findings: Sequence[Finding], *, strict: bool) -> str:
    fails = any(finding.severity == "error" or (strict and finding.severity == "warning") for finding in findings)
    text = escape("\n".join(f"{finding.severity} {finding.path}: {finding.message}" for finding in findings))
    title = BY_CODE[code].title
    inner = f"<failure message={quoteattr(title)}>{text}</failure>" if fails else f"<system-out>{text}</system-out>"
    return _open_case(f"{code} {title}") + f"{inner}</testcase>"


def _open_case(name: str) -> str:
    return f'    <testcase classname="curate.validate" name={quoteattr(name)}>'
