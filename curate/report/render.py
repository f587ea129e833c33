"""Draw a page as HTML: templates with autoescape, and inside them the style, the scripts and the data. Pure.

Whatever comes from a dataset, a file name or a label, is text: the templates escape it, the data is JSON in which no
tag can end, and a policy in the page lets only our own scripts run, by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup, escape

from curate import __version__
from curate.report.gallery import alt_text, as_row, filters_of
from curate.report.page import SCHEMA, GalleryEntry, ReportPage, as_json

MARK = '<meta name="generator" content="curate '
"""What a file of ours says within its first thousand bytes."""


@dataclass(frozen=True, slots=True)
class Volume:
    """One file of a report whose gallery is divided.

    Attributes
    ----------
    number : int
        From 1; the first holds everything but the rest of the gallery.
    files : tuple of (str, int, int)
        Name of each file, and the first and last of its pictures, from 1.
    entries : tuple of GalleryEntry
        Its pictures.
    """

    number: int
    files: tuple[tuple[str, int, int], ...]
    entries: tuple[GalleryEntry, ...]

    @property
    def others(self) -> tuple[tuple[str, int, int], ...]:
        """The other files, in their order."""
        return tuple(entry for number, entry in enumerate(self.files, start=1) if number != self.number)

    @property
    def first(self) -> int:
        """Place of its first picture, from 1."""
        return self.files[self.number - 1][1]

    @property
    def last(self) -> int:
        """Place of its last picture."""
        return self.files[self.number - 1][2]


def render_page(page: ReportPage, volume: Volume) -> str:
    """Return one file of the report."""
    charts = page.figures if volume.number == 1 else ()
    # Ours comes first: the gallery works before the long script of the charts has been read.
    scripts = [_asset("report.js"), *([plotly_script()] if charts else [])]
    data = page_data(page, volume)
    return (
        _environment()
        .get_template("report.html.jinja")
        .render(
            page=page,
            volume=volume,
            version=__version__,
            policy=_policy(scripts),
            style=_asset("report.css"),
            scripts=scripts,
            data=htmlsafe_json_dumps(data, dumps=_dumps),
            sections=_sections(page, volume),
            href=lambda anchor: _href(anchor, volume),
            alt_text=alt_text,
            filters=filters_of(volume.entries),
            methods=list(dict.fromkeys(method for entry in volume.entries for method in entry.scores)),
            mapped=list(dict.fromkeys(heat.method for entry in volume.entries for heat in entry.heats)),
        )
    )


def page_data(page: ReportPage, volume: Volume) -> dict[str, Any]:
    """Return what the page's script reads, and whoever wants its numbers: head, charts, and the gallery's rows."""
    charts = page.figures if volume.number == 1 else ()
    return {
        "schema": SCHEMA,
        "curate_version": __version__,
        "title": page.title,
        "file": {"number": volume.number, "of": len(volume.files)},
        "facts": as_json(page.facts),
        "figures": {chart.key: {"data": list(chart.traces), "layout": chart.layout} for chart in charts},
        "leads": {chart.key: chart.leads for chart in charts if chart.leads},
        "gallery": [
            {"key": entry.key, "lines": [*entry.lines, *([entry.trouble] if entry.trouble else [])], **as_row(entry)}
            for entry in volume.entries
        ],
    }


def _dumps(value: Any, **_: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _sections(page: ReportPage, volume: Volume) -> list[tuple[str, str, str]]:
    gallery = ("gallery", "Gallery", f"{len(page.gallery.entries):,}")
    if volume.number > 1:
        return [gallery]
    found = sum(len(group.rows) for group in page.findings.groups) if page.findings else 0
    aside = any(part.frames for part in page.aside)
    known = [
        (page.results, ("results", "Results", "")),
        (page.results and page.results.cases, ("mistakes", "Worst cases", "")),
        (page.categories, ("dataset", "Dataset", "")),
        (page.capture, ("capture", "Capture", "")),
        (
            page.aside,
            ("aside", "Set aside", str(sum(len(p.frames.rows) for p in page.aside if p.frames)) if aside else ""),
        ),
        (page.findings, ("findings", "Findings", f"{found:,}")),
        (page.gallery.entries, gallery),
        (True, ("provenance", "Provenance", "")),
    ]
    return [section for present, section in known if present]


def _href(anchor: str, volume: Volume) -> str:
    """Return the link to a picture, which may be in another file."""
    place = int(anchor.rpartition("-")[2])
    places = (n for n, (_, first, last) in enumerate(volume.files, start=1) if first <= place <= last)
    number = next(places, volume.number)
    return f"#{anchor}" if number == volume.number else f"{volume.files[number - 1][0]}#{anchor}"


def _policy(scripts: Sequence[str]) -> str:
    """Return a Content-Security-Policy that lets only these inline scripts run, and nothing be loaded."""
    hashes = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts)
    allowed = " ".join(f"'sha256-{value}'" for value in hashes)
    # Plotly writes style elements and attributes of its own; pictures that it saves are blobs.
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("curate.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["file_name"] = lambda path: path.rpartition("/")[2]
    environment.filters["with_code"] = with_code
    return environment


def with_code(text: str) -> Markup:
    """Return text with what stands between backticks as code; all of it is escaped.

    >>> with_code("run `curate split <a>`")
    Markup('run <code>curate split &lt;a&gt;</code>')
    """
    parts = [escape(part) for part in text.split("`")]
    if len(parts) % 2 == 0:  # a backtick without a partner is one
        parts[-2:] = [parts[-2] + "`" + parts[-1]]
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else part for place, part in enumerate(parts)
    )


@cache
def _asset(name: str) -> str:
    return files("curate.report").joinpath("assets", name).read_text(encoding="utf-8").rstrip("\n")


@cache
def plotly_script() -> str:
    """Return Plotly's basic bundle, which ``.ci/plotly`` renews, so that nothing in it can end a script element."""
    return safe_in_script(_asset("plotly/plotly-basic.min.js"))


def safe_in_script(script: str) -> str:
    r"""Return a script in which no string or regular expression can be read as the end of its element.

    >>> safe_in_script('x = "</script>"; y = "<!--"')
    'x = "<\\/script>"; y = "<\\!--"'
    """
    plain = script.replace("\r\n", "\n").replace("\r", "\n")
    return plain.replace("</script", r"<\/script").replace("</SCRIPT", r"<\/SCRIPT").replace("<!--", r"<\!--")
