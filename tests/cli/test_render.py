from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.cli.render import emit_json, terminal_safe
from curate.model.words import without_credentials
from tests.conftest import Curate

NASTY = "\x1b[31m\x9b2J\u202e\x07\r\x7f"


@given(st.text())
def test_nothing_that_steers_a_terminal_gets_through(text: str) -> None:
    shown = terminal_safe(text)
    assert not any(ord(char) < 32 and char not in "\n\t" for char in shown)
    assert not any(0x7F <= ord(char) <= 0x9F or 0xD800 <= ord(char) <= 0xDFFF for char in shown)
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    shown.encode("utf-8")
    if text.isprintable() and "://" not in text:
        assert shown == text


def test_json_stays_the_same_document(capsys: pytest.CaptureFixture[str]) -> None:
    document = {"path": f"a{NASTY}\udce9 ä"}
    emit_json(document)
    out = capsys.readouterr().out
    assert terminal_safe(out) == out
    assert json.loads(out) == document


@pytest.mark.parametrize(
    "arguments",
    [
        ("evaluate", "x", "--dataset", f"/nonexistent/{NASTY}"),
        ("validate", f"/nonexistent/{NASTY}"),
        ("compare", f"/nonexistent/{NASTY}.json"),
        (f"--{NASTY}",),
        (NASTY,),
        ("status", "-C", f"/nonexistent/{NASTY}"),
        ("convert", f"/nonexistent/{NASTY}", "-o", "x", "--to", "coco"),
    ],
)
def test_no_argument_colours_the_terminal(curate: Curate, arguments: tuple[str, ...]) -> None:
    result = curate(*arguments)
    assert result.code == 2
    for text in (result.out, result.err):
        assert terminal_safe(text) == text
    assert "\\x1b[31m" in result.err


def test_names_in_findings_are_escaped(tmp_path: Path, curate: Curate) -> None:
    for split in ("train/good", "test/good"):
        (tmp_path / "part" / split).mkdir(parents=True)
    (tmp_path / f"part/test/good/a{NASTY}.png").write_bytes(b"no picture")
    result = curate("validate", tmp_path)
    assert result.code == 1
    assert terminal_safe(result.out + result.err) == result.out + result.err
    assert "\\x1b[31m" in result.out + result.err


def test_one_place_prints() -> None:
    folder = Path(__file__).parents[2] / "curate/cli"
    printing = {
        path.name
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Attribute) and ast.unparse(node) in {"click.echo", "click.secho"})
        or (isinstance(node, ast.Name) and node.id == "print")
    }
    assert printing == {"render.py"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("s3://KEY:SECRET@line/a", "s3://…@line/a"),
        ("https://user:pw@host:80/a b", "https://…@host:80/a b"),
        (
            "https://x/a?X-Amz-Credential=K&X-Amz-Signature=S&n=1",
            "https://x/a?X-Amz-Credential=…&X-Amz-Signature=…&n=1",
        ),
        ("az://c/a?sv=1&sig=S: gone", "az://c/a?sv=…&sig=…"),
        ("http://127.0.0.1:8000/?token=needed", "http://127.0.0.1:8000/?token=needed"),
        ("mail a@b.c, see https://x/y", "mail a@b.c, see https://x/y"),
    ],
)
def test_credentials_are_cut(text: str, shown: str) -> None:
    assert without_credentials(text).removesuffix(" gone") == shown


def test_credentials_reach_no_message(tmp_path: Path, curate: Curate) -> None:
    pytest.importorskip("fsspec")
    curate("init", tmp_path)
    result = curate("import", "-C", tmp_path, "nosuch://KEY:SECRET@line/a?sig=SIGNED", "-c", "part")
    assert result.code == 2
    assert "SECRET" not in result.out + result.err
    assert "SIGNED" not in result.out + result.err
