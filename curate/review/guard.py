"""Who may see the pages: only who has the token, under a name that is ours; and what a browser may do with them.

Pages on other sites must not be able to read these pages, nor to decide anything through the person's browser:

* the address holds a token, which the first page turns into a cookie that other sites' requests never carry;
* the ``Host`` header must name this server: a foreign name that resolves to 127.0.0.1 (DNS rebinding) is refused;
* decisions need a second token in a header of their own, which only our pages know;
* a Content-Security-Policy lets pages load and run only what this server sends.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Sequence
from http.cookies import CookieError, SimpleCookie
from typing import Literal

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN_HEADER = "x-review-token"  # noqa: S105 - the header's name
_POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Keys:
    """The secrets of one run of the server.

    Attributes
    ----------
    token : str
        Opens the pages: stands in the printed address, then in a cookie.
    post : str
        Needed for decisions; stands in the pages only.
    """

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(32)
        self.post = secrets.token_urlsafe(32)
        self._once = secrets.token_urlsafe(32)

    @property
    def once(self) -> str:
        """A key that opens the pages a single time: for the command line of a browser, which other users may see."""
        return self._once

    def opens(self, given: str) -> Literal["", "token", "once"]:
        """Say whether a key opens the pages; one that does so once is used up by it."""
        if _same(given, self.token):
            return "token"
        if self._once and _same(given, self._once):
            self._once = ""
            return "once"
        return ""

    def allows_post(self, given: str) -> bool:
        """Whether decisions may be made with this."""
        return _same(given, self.post)

    def is_token(self, given: str) -> bool:
        """Whether a cookie's value is the token."""
        return _same(given, self.token)


def _same(given: str, wanted: str) -> bool:
    return secrets.compare_digest(given.encode("utf-8", "surrogatepass"), wanted.encode())


def names_of(host: str, machine: str) -> tuple[str, ...]:
    """Return the names under which a server that listens on ``host`` may be addressed; ``*`` is any IP address.

    >>> names_of("127.0.0.1", "line-3")
    ('127.0.0.1', '::1', 'localhost')
    >>> names_of("0.0.0.0", "line-3")
    ('127.0.0.1', '::1', 'localhost', '0.0.0.0', 'line-3', '*')
    """
    return _LOOPBACK if is_loopback(host) else (*_LOOPBACK, host.lower(), machine.lower(), "*")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens on a host.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_our_name(header: str, names: Sequence[str]) -> bool:
    """Whether a ``Host`` header names this server; its port does not matter, for it may be forwarded.

    >>> is_our_name("localhost:8000", ["localhost"]), is_our_name("[::1]:80", ["::1"])
    (True, True)
    >>> is_our_name("evil.example", ["localhost", "*"]), is_our_name("10.0.0.7:80", ["localhost", "*"])
    (False, True)
    """
    name = header.strip().lower()
    name = name[1:].partition("]")[0] if name.startswith("[") else name.partition(":")[0]
    if name in names:
        return True
    try:
        return "*" in names and bool(ipaddress.ip_address(name))
    except ValueError:
        return False


class Guard:
    """ASGI middleware that lets through only what may pass, and sends the headers along.

    Parameters
    ----------
    app : ASGIApp
    keys : Keys
    names : sequence of str
        As :func:`names_of` returns them.
    cookie : str
        The cookie's name; servers on other ports of this machine need another one.
    """

    def __init__(self, app: ASGIApp, keys: Keys, names: Sequence[str], cookie: str) -> None:
        self._app = app
        self._keys = keys
        self._names = names
        self._cookie = cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        answer = self._refusal(scope) or self._opening(scope)
        # Scripts and styles are asked about every time, and sent again only when they changed; pages are never kept.
        kept = "no-cache" if not answer and scope["path"].startswith("/static/") else "no-store"
        await (answer or self._app)(scope, receive, _with_headers(send, kept))

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if not is_our_name(headers.get("host", ""), self._names):
            return _page(421, "This server has another name.")
        if scope["method"] not in {"GET", "HEAD", "POST"}:
            return _page(405, "Only GET and POST are understood.")
        if scope["method"] == "POST":
            foreign = headers.get("sec-fetch-site", "same-origin") != "same-origin"
            if foreign or not self._keys.allows_post(headers.get(TOKEN_HEADER, "")):
                return _page(403, "Decisions are made on the page only. Load it again.")
        return None

    def _opening(self, scope: Scope) -> Response | None:
        """Let in who brings a key, and keep out who has no cookie."""
        given = QueryParams(scope["query_string"]).get("token", "")
        if scope["method"] == "GET" and scope["path"] == "/" and given and self._keys.opens(given):
            return self._welcome()
        if self._keys.is_token(_cookie(Headers(scope=scope), self._cookie)):
            return None
        return _page(403, "This page needs the address that <code>curate review</code> printed, with its token.")

    def _welcome(self) -> Response:
        """Set the cookie and go on to an address without the token.

        By a page, not by a redirect: a browser that came here from another site or a file would not send a strict
        cookie with a redirected request.
        """
        answer = _page(200, '<a href="/">Go on to the review</a>', '<meta http-equiv="refresh" content="0;url=/">')
        answer.set_cookie(self._cookie, self._keys.token, httponly=True, samesite="strict", path="/")
        return answer


def _cookie(headers: Headers, name: str) -> str:
    try:
        jar = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return ""
    return jar[name].value if name in jar else ""


def _page(status: int, text: str, head: str = "") -> Response:
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>curate review</title>{head}'
        f'<link rel="icon" href="data:,"></head><body><main><h1>curate review</h1><p>{text}</p></main></body></html>',
        status_code=status,
    )


def _with_headers(send: Send, kept: str) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            headers.setdefault("cache-control", kept)
        await send(message)

    return sending
