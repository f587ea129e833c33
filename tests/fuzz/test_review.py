"""Requests that no browser sends, to ``review`` in this process: answered in words, never with a bug or a traceback."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import pytest

from tests.review.bench import COOKIE, Bench

SHARE = 2
"""A request is as quick as reading a document or two."""

METHODS = ("GET", "POST", "HEAD", "PUT", "OPTIONS", "", "G\x00T")
PLACES = (
    *("", "frames", "history", "template", "decisions", "decisions-many", "undo", "nothing"),
    *("item-", "item-x", "picture/small/", "picture/window/x.jpg", "static/", "static/style.css"),
)
ODD_PATHS = (
    *("..", "../../etc/passwd", "%2e%2e/%2e%2e", "static/../../secret", "static//etc/passwd", "\x00", "a\x00b"),
    *(
        "\udcff",
        "\u202e",
        "x" * 9000,
        "/" * 3000,
        "item-" + "9" * 400,
        "picture/" + "a/" * 50,
        "%",
        "%zz",
        "static/\x00",
    ),
)
ODD_TEXTS = ("", "\x00", "\ud800", "x" * 5000, "-1", "9" * 400, "1e999", "NaN", "{{7*7}}", "<b>", "../..", "\u0661")
ODD_VALUES: tuple[Any, ...] = (
    *(None, True, -1, 2**70, 1e308, float("nan"), float("inf"), [], {}, [[]], {"a": {}}, [None] * 3000),
    *ODD_TEXTS,
)
ODD_BODIES = (b"", b"[" * 9000, b"\xff\xfe", b'{"item":', b"null", b'"x"', b"1" * 9000, b" " * 20_000, b'{"a":1,"a":2}')
FIELDS = (
    *("item", "action", "seen", "reason", "filter", "x_px", "y_px", "items", "undoes", "id", "frame", "category"),
    *("window", "size", "left_px", "top_px", "width_px", "height_px", "name"),
)
PARAMETERS = ("page", "category", "stage", "state", "last", "token", "frame", "series", "sort", "text", "day", "q")
ODD_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"host", b""),
    (b"host", b"\xff\xfe"),
    (b"host", b"[::1"),
    (b"cookie", b"=;=;;" * 500),
    (b"cookie", b"\xff=\x00"),
    (b"range", b"bytes=9-1,-,x"),
    (b"range", b"bytes=" + b"0-1," * 2000),
    (b"if-modified-since", b"yesterday \xff"),
    (b"if-none-match", b"\xff" * 500),
    (b"content-length", b"-1"),
    (b"content-type", b"multipart/form-data; boundary="),
    (b"sec-fetch-site", b"\xff"),
    (b"x-review-token", b"\xff\x00"),
    (b"accept-encoding", b"gzip;q=nan"),
)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "work")


def path_of(bench: Bench, chance: random.Random) -> str:
    ids = [entry.item.id for entry in bench.pages.desk.snapshot().entries]
    pictures = list(bench.pages.desk.snapshot().pictures)
    inside = chance.choice(
        [
            *(chance.choice(PLACES), chance.choice(ODD_PATHS), f"item-{chance.choice(ids)}"),
            *(f"item-{chance.choice(ODD_TEXTS)}", f"item-{chance.choice(ids)}{chance.choice(ODD_PATHS)}"),
            f"picture/{chance.choice(('small', 'full', 'x', *ODD_TEXTS))}/{chance.choice(pictures)}.jpg",
        ]
    )
    return f"/{inside}" if chance.random() < 0.1 else f"/{bench.keys.folder}/{inside}"


def query_of(chance: random.Random) -> bytes:
    if chance.random() < 0.1:
        return bytes(chance.randrange(256) for _ in range(chance.randrange(80)))
    texts = (*ODD_TEXTS, "part", "screen", "all", "2", "part:1", "part:" + "9" * 400, "%", "%ff%fe")
    parts = (f"{chance.choice(PARAMETERS)}={chance.choice(texts)}" for _ in range(chance.randrange(5)))
    return "&".join(parts).encode("utf-8", "surrogatepass")


def body_of(bench: Bench, chance: random.Random) -> bytes:
    if chance.random() < 0.2:
        odd = (
            b"",
            b"[" * 9000,
            b"\xff\xfe",
            b'{"item":',
            b"null",
            b'"x"',
            b"1" * 9000,
            b" " * 20_000,
            b'{"a":1,"a":2}',
        )
        return chance.choice(odd)
    ids = [entry.item.id for entry in bench.pages.desk.snapshot().entries]
    document: dict[str, Any] = {
        "item": chance.choice(ids),
        "action": chance.choice(("accept", "reject", "place", "good")),
    }
    if chance.random() < 0.4:
        document |= {"items": chance.sample(ids, 2), "x_px": 12.5, "y_px": 9, "filter": {"state": "open"}, "seen": None}
    for _ in range(chance.randrange(4)):
        document[chance.choice(FIELDS)] = chance.choice(ODD_VALUES)
    text = json.dumps(document)
    return text[: chance.randrange(len(text))].encode() if chance.random() < 0.1 else text.encode()


def headers_of(bench: Bench, chance: random.Random) -> list[tuple[bytes, bytes]]:
    headers = [
        (b"host", b"127.0.0.1:8000"),
        (b"cookie", f"{COOKIE}={bench.keys.session}".encode()),
        (b"x-review-token", bench.keys.post.encode()),
    ]
    if chance.random() < 0.3:
        odd = chance.choice(ODD_HEADERS)
        headers = [odd, *(header for header in headers if chance.random() < 0.5 or header[0] != odd[0])]
    return headers


def ask(bench: Bench, method: str, path: str, query: bytes, headers: list[tuple[bytes, bytes]], body: bytes) -> Any:
    """Hand one request to the application as a server does that checks nothing; returns the status and the body."""
    scope = {
        "type": "http",
        "http_version": "1.1",
        "scheme": "http",
        "root_path": "",
        "method": method,
        "path": path,
        "raw_path": path.encode("utf-8", "surrogatepass"),
        "query_string": query,
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }
    sent: list[Any] = []
    given = [{"type": "http.request", "body": body, "more_body": False}, {"type": "http.disconnect"}]

    async def receive() -> Any:
        return given.pop(0) if given else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(bench.app(scope, receive, send))
    status = next(message["status"] for message in sent if message["type"] == "http.response.start")
    return status, b"".join(message.get("body", b"") for message in sent)


def test_odd_requests_are_answered(bench: Bench, fuzz_examples: int) -> None:
    """Seeds are fixed: 0, 1, 2, …; a failure names the seed and the request."""
    faults = []
    for seed in range(max(1, fuzz_examples // SHARE)):
        chance = random.Random(seed)
        method = chance.choice(METHODS) if chance.random() < 0.2 else chance.choice(("GET", "POST"))
        asked = method, path_of(bench, chance), query_of(chance), headers_of(bench, chance), body_of(bench, chance)
        try:
            status, answer = ask(bench, *asked)
        except Exception as error:  # noqa: BLE001 - whatever comes out of the application is a bug
            faults.append(f"seed {seed}: {type(error).__name__}: {error}\n{str(asked)[:600]}")
            continue
        if status >= 500 or b"Traceback" in answer:
            faults.append(f"seed {seed}: {status} {answer[:300]!r}\n{str(asked)[:600]}")
        if bench.keys.session.encode() in answer:
            faults.append(f"seed {seed}: says the session's key")
    assert not faults, f"{len(faults)} faults\n" + "\n\n".join(faults)


def test_the_fuzzed_pages_are_there(bench: Bench) -> None:
    """Odd requests would say nothing if even a plain one were refused."""
    headers = [(b"host", b"127.0.0.1:8000"), (b"cookie", f"{COOKIE}={bench.keys.session}".encode())]
    assert ask(bench, "GET", f"/{bench.keys.folder}/", b"", headers, b"")[0] == 200
    item = bench.pages.desk.snapshot().entries[0].item.id
    body = json.dumps({"item": item, "action": "accept", "seen": None}).encode()
    token = (b"x-review-token", bench.keys.post.encode())
    assert ask(bench, "POST", f"/{bench.keys.folder}/decisions", b"", [*headers, token], body)[0] == 200
