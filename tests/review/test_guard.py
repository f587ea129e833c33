"""Who is let in, and who may decide."""

from __future__ import annotations

import httpx
import pytest

from curate.review.guard import Keys
from tests.review.bench import COOKIE, EVIL, NAMES, Bench

CLOSED = ("", "item-x", "history", "picture/thumb/x.jpg", "static/review.js", "?token=", "?token=%FFno", "nowhere")
FOREIGN = ("evil.example", "evil.example:8000", "127.0.0.1.evil.example", "10.0.0.7:8000", "localhost.evil")


def test_the_token_opens_once_and_is_exchanged_for_a_strict_cookie_of_a_secret_path(bench: Bench) -> None:
    bench.cookies = {}
    keys = bench.keys
    answer = bench.bare("GET", f"/?token={keys.token}")
    assert answer.status_code == 200
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}={keys.session};")
    assert {"HttpOnly", "SameSite=strict", f"Path=/{keys.folder}/"} <= {part.strip() for part in cookie.split(";")}
    assert keys.token not in answer.text + cookie
    assert "What was set aside" not in answer.text
    assert f'<a href="/{keys.folder}/">' in answer.text
    again = bench.bare("GET", f"/?token={keys.token}")
    assert (again.status_code, "set-cookie" in again.headers) == (403, False)
    assert "was used before" in again.text
    assert keys.folder not in again.text
    bench.cookies = {COOKIE: keys.session}
    assert "What was set aside" in bench.get("").text


def test_the_secrets_differ_from_each_other_and_between_runs() -> None:
    secrets = [
        each for keys in (Keys(), Keys()) for each in (keys.folder, keys.session, keys.post, keys.token, keys.browser)
    ]
    assert len(set(secrets)) == 10
    assert {len(each) for each in secrets} == {43}  # 256 bits


def test_a_browser_sends_the_cookie_to_no_address_that_another_user_can_name(bench: Bench) -> None:
    """Cookies ignore ports: httpx keeps them by host and path as browsers do, and asks a server on another port."""
    seen: list[str] = []

    def other(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("cookie", ""))
        return httpx.Response(200)

    cookie = bench.bare("GET", f"/?token={bench.keys.token}").headers["set-cookie"]
    with httpx.Client(transport=httpx.MockTransport(other)) as client:
        client.cookies.extract_cookies(httpx.Response(
            200, headers={"set-cookie": cookie}, request=httpx.Request("GET", "http://127.0.0.1:8000/"))
        )  # fmt: skip
        for path in ("/", "/history", "/item-x", "/static/", f"/{bench.keys.folder}", "/x/"):
            client.get(f"http://127.0.0.1:8001{path}")
        assert set(seen) == {""}
        client.get(f"http://127.0.0.1:8001/{bench.keys.folder}/")
        assert seen[-1] == f"{COOKIE}={bench.keys.session}", "the client keeps cookies at all"


@pytest.mark.parametrize("url", CLOSED)
@pytest.mark.parametrize("cookie", [None, "", "wrong", "ünïcode"])
def test_nothing_is_shown_without_the_cookie(bench: Bench, url: str, cookie: str | None) -> None:
    bench.cookies = {}
    headers = {} if cookie is None else {"cookie": f"{COOKIE}={cookie}".encode()}
    for answer in (bench.get(url, headers=headers), bench.bare("GET", f"/{url}", headers=headers)):
        assert answer.status_code == 403
        assert "part" not in answer.text
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("secret", ["token", "browser", "post", "folder"])
def test_no_other_secret_is_the_cookie(bench: Bench, secret: str) -> None:
    bench.cookies = {COOKIE: getattr(bench.keys, secret)}
    assert bench.get("").status_code == 403


@pytest.mark.parametrize("folder", ["", "wrong/", "ünïcode/", "%00/", "static/", "../"])
def test_the_cookie_opens_nothing_outside_the_secret_path(bench: Bench, folder: str) -> None:
    for url in CLOSED:
        answer = bench.bare("GET", f"/{folder}{url}")
        assert answer.status_code == 403
        assert bench.keys.folder not in answer.text


def test_the_secret_path_needs_its_slash(bench: Bench) -> None:
    assert bench.bare("GET", f"/{bench.keys.folder}").status_code == 403


@pytest.mark.parametrize("order", ["{ours}; {theirs}", "{theirs}; {ours}", "a b=<; {theirs};{ours}"])
def test_a_cookie_that_another_server_set_does_not_hide_ours(bench: Bench, order: str) -> None:
    bench.cookies = {}
    line = order.format(ours=f"{COOKIE}={bench.keys.session}", theirs=f"{COOKIE}=planted")
    assert bench.get("", headers={"cookie": line}).status_code == 200


def test_the_token_for_a_browsers_command_line_opens_once_too(bench: Bench) -> None:
    bench.cookies = {}
    browser = bench.keys.browser
    assert bench.bare("HEAD", f"/?token={browser}").status_code == 403, "a look ahead uses nothing up"
    assert bench.keys.session in bench.bare("GET", f"/?token={browser}").headers["set-cookie"]
    assert bench.bare("GET", f"/?token={browser}").status_code == 403
    assert bench.bare("GET", f"/?token={bench.keys.token}").status_code == 200, "the printed one is still to be used"


@pytest.mark.parametrize("host", FOREIGN)
def test_a_foreign_name_is_refused(bench: Bench, host: str) -> None:
    answer = bench.get("", host=host)
    assert answer.status_code == 421
    assert "set aside" not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:9000", "[::1]:8000", "LOCALHOST"])
def test_our_own_names_are_understood(bench: Bench, host: str) -> None:
    assert bench.get("", headers={"host": host}).status_code == 200


def test_headers_keep_other_sites_and_caches_out(bench: Bench) -> None:
    for url in ("", "history", f"item-{bench.item('crop', EVIL)}", "nowhere"):
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
    assert bench.post("decisions", body, headers=headers).status_code == 403
    assert bench.written() == []


def test_the_address_token_is_no_post_token(bench: Bench) -> None:
    body = {"item": bench.item("screen", NAMES[1]), "action": "accept", "seen": None}
    assert bench.post("decisions", body, headers={"X-Review-Token": bench.keys.token}).status_code == 403
    bench.cookies = {}
    assert bench.post("decisions", body).status_code == 403


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
def test_other_methods_are_refused(bench: Bench, method: str) -> None:
    assert bench.request(method, "").status_code == 405
