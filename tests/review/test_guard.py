"""Who is let in, and who may decide."""

from __future__ import annotations

import pytest

from tests.review.bench import COOKIE, EVIL, NAMES, Bench

CLOSED = ("/", "/item/x", "/history", "/picture/thumb/x.jpg", "/static/review.js", "/?token=", "/?token=%FFno")
FOREIGN = ("evil.example", "evil.example:8000", "127.0.0.1.evil.example", "10.0.0.7:8000", "localhost.evil")


def test_the_token_opens_and_becomes_a_strict_cookie(bench: Bench) -> None:
    bench.cookies = {}
    answer = bench.get(f"/?token={bench.keys.token}")
    assert answer.status_code == 200
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}={bench.keys.token};")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert bench.keys.token not in answer.text
    assert "What was set aside" not in answer.text
    bench.cookies = {COOKIE: bench.keys.token}
    assert "What was set aside" in bench.get("/").text


@pytest.mark.parametrize("url", CLOSED)
@pytest.mark.parametrize("cookie", [None, "", "wrong", "ünïcode"])
def test_nothing_is_shown_without_the_token(bench: Bench, url: str, cookie: str | None) -> None:
    bench.cookies = {}
    headers = {} if cookie is None else {"cookie": f"{COOKIE}={cookie}".encode()}
    answer = bench.get(url, headers=headers)
    assert answer.status_code == 403
    assert "part" not in answer.text
    assert "set-cookie" not in answer.headers


def test_the_key_for_a_browsers_command_line_opens_once(bench: Bench) -> None:
    bench.cookies = {}
    once = bench.keys.once
    assert once != bench.keys.token
    assert bench.keys.token in bench.get(f"/?token={once}").headers["set-cookie"]
    assert bench.get(f"/?token={once}").status_code == 403


@pytest.mark.parametrize("host", FOREIGN)
def test_a_foreign_name_is_refused(bench: Bench, host: str) -> None:
    answer = bench.get("/", host=host)
    assert answer.status_code == 421
    assert "set aside" not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:9000", "[::1]:8000", "LOCALHOST"])
def test_our_own_names_are_understood(bench: Bench, host: str) -> None:
    assert bench.get("/", headers={"host": host}).status_code == 200


def test_headers_keep_other_sites_and_caches_out(bench: Bench) -> None:
    for url in ("/", "/history", f"/item/{bench.item('crop', EVIL)}", "/nowhere"):
        headers = bench.get(url).headers
        assert headers["content-security-policy"].startswith("default-src 'none';")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Review-Token": ""},
        {"X-Review-Token": "wrong"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_post_of_another_site_decides_nothing(bench: Bench, headers: dict[str, str]) -> None:
    body = {"item": bench.item("screen", NAMES[1]), "action": "accept", "seen": None}
    assert bench.post("/decisions", body, headers=headers).status_code == 403
    assert bench.written() == []


def test_the_address_token_is_no_post_token(bench: Bench) -> None:
    body = {"item": bench.item("screen", NAMES[1]), "action": "accept", "seen": None}
    assert bench.post("/decisions", body, headers={"X-Review-Token": bench.keys.token}).status_code == 403
    bench.cookies = {}
    assert bench.post("/decisions", body).status_code == 403


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
def test_other_methods_are_refused(bench: Bench, method: str) -> None:
    assert bench.request(method, "/").status_code == 405
