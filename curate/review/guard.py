"""Who may see the pages: only who has the token, under a name that is ours; and what a browser may do with them.

Pages on other sites must not be able to read these pages, nor to decide anything through the person's browser:

* the address holds a token, which the first page exchanges, once, for a cookie that other sites' requests never carry;
* the pages and the cookie have a path that cannot be guessed: browsers send cookies to all ports of a host, and another
  user's server may listen on one of them;
* the ``Host`` header must name this server: a foreign name that resolves to 127.0.0.1 (DNS rebinding) is refused;
* decisions need a second token in a header of their own, which only our pages know;
* a Content-Security-Policy lets pages load and run only what this server sends.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Iterable, Sequence
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
_USED = (
    "This address was used before: it opens the review a single time. Go on in the browser that it opened in, or end "
    "<code>curate review</code> and start it again. If nobody you know used it, end it now."
)
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Keys:
    """The secrets of one run of the server.

    Attributes
    ----------
    folder : str
        The first part of every page's path, and the path of the cookie: browsers send cookies to every port of a host,
        so a server of another user on this machine would receive a cookie whose path it can guess.
    session : str
        The cookie's value; stands in no address.
    post : str
        Needed for decisions; stands in the pages only.
    token : str
        Opens the pages a single time: stands in the printed address.
    browser : str
        The same for the command line of a browser, which other users may see.
    """

    def __init__(self) -> None:
        self.folder, self.session, self.post, self.token, self.browser = (secrets.token_urlsafe(32) for _ in range(5))
        self._unused = {self.token, self.browser}

    def redeem(self, given: str) -> Literal["opened", "used", "unknown"]:
        """Say whether a token opens the pages; one that does so is used up by it."""
        found = next((token for token in (self.token, self.browser) if _same(given, token)), None)
        if found is None:
            return "unknown"
        if found not in self._unused:
            return "used"
        self._unused.remove(found)
        return "opened"

    def allows_post(self, given: str) -> bool:
        """Whether decisions may be made with this."""
        return _same(given, self.post)

    def opens(self, path: str, cookies: Iterable[str]) -> bool:
        """Whether a path lies in the secret folder, and one of the cookies sent along is the session's."""
        folder, slash, _ = path.removeprefix("/").partition("/")
        # Others may set cookies of the same name for this host: they must not hide ours.
        return bool(slash) and _same(folder, self.folder) and any(_same(each, self.session) for each in cookies)


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
    start : str
        The page that whoever comes in is led to.
    """

    def __init__(self, app: ASGIApp, keys: Keys, names: Sequence[str], cookie: str, start: str = "") -> None:
        self._start = start
        self._app = app
        self._keys = keys
        self._names = names
        self._cookie = cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        answer = self._refusal(scope) or self._opening(scope)
        # Scripts and styles are asked about every time, and sent again only when they changed; all else is never kept.
        kept = "no-cache" if not answer and scope["path"].startswith(f"/{self._keys.folder}/static/") else "no-store"
        await (answer or self._app)(scope, receive, _with_headers(send, kept))

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if not is_our_name(headers.get("host", ""), self._names):
            return _page(421, "This server has another name.")
        if scope["method"] not in {"GET", "HEAD", "POST"}:
            return _page(405, "Only GET and POST are understood.")
        if not scope["query_string"].isascii():
            return _page(400, "This address has letters that belong in no address.")
        if scope["method"] == "POST":
            foreign = headers.get("sec-fetch-site", "same-origin") != "same-origin"
            if foreign or not self._keys.allows_post(headers.get(TOKEN_HEADER, "")):
                return _page(403, "Decisions are made on the page only. Load it again.")
        return None

    def _opening(self, scope: Scope) -> Response | None:
        """Let in who brings a token, and keep out who lacks the cookie or the path."""
        given = QueryParams(scope["query_string"]).get("token", "")
        if scope["method"] == "GET" and scope["path"] == "/" and given:
            answer = self._keys.redeem(given)
            if answer == "opened":
                return self._welcome()
            if answer == "used":
                return _page(403, _USED)
        if self._keys.opens(scope["path"], _cookies(Headers(scope=scope), self._cookie)):
            return None
        return _page(403, "This page needs the address that <code>curate review</code> printed, with its token.")

    def _welcome(self) -> Response:
        """Set the cookie and go on to the pages.

        By a page, not by a redirect: a browser that came here from another site or a file would not send a strict
        cookie with a redirected request.
        """
        path = f"/{self._keys.folder}/"
        go_on = f'<meta http-equiv="refresh" content="0;url={path}{self._start}">'
        answer = _page(200, f'<a href="{path}{self._start}">Go on to the review</a>', go_on)
        answer.set_cookie(self._cookie, self._keys.session, httponly=True, samesite="strict", path=path)
        return answer


def _cookies(headers: Headers, name: str) -> list[str]:
    """Return every value sent under a name; a parser that fills a dictionary would keep only the last one."""
    pairs = (part.strip().partition("=") for line in headers.getlist("cookie") for part in line.split(";"))
    return [value for key, _, value in pairs if key == name]


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
