"""The pages and what they post, as a Starlette application."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from curate import __version__
from curate.errors import ConflictError, CurateError, ImageError, InputError, MissingError, StorageError
from curate.model.decision import last_about
from curate.review.consequences import sentence
from curate.review.forms import Post, carry_out, decision_post, parse_post, undo_post
from curate.review.frames import frame_filter, frames_page
from curate.review.guard import Guard, Keys, names_of
from curate.review.history import history_page
from curate.review.many import decide_many
from curate.review.navigation import QueueFilter, parse_filter, steps
from curate.review.pages import PAGE_SIZE, Last, item_address, item_page, queue_page
from curate.review.pictures import SIZES, Pictures
from curate.review.queue import identity
from curate.review.snapshot import Desk, Snapshot
from curate.review.template import cut_drawn_template, template_page
from curate.workspace.waiting import waiting_in

_LONGEST_BODY = 16 * 1024


@dataclass
class DecisionTally:
    """What was decided while the server ran."""

    made: int = 0
    undone: int = 0
    categories: set[str] = field(default_factory=set)


class Pages:
    """Answers the requests.

    Parameters
    ----------
    desk : Desk
    keys : Keys

    Attributes
    ----------
    page_size : int
        Frames on one page of the queue.
    """

    def __init__(self, desk: Desk, keys: Keys) -> None:
        self.page_size = PAGE_SIZE
        self.tally = DecisionTally()
        self.seen: dict[str, dict[str, str]] = {}
        self.desk = desk
        self._keys = keys
        self._pictures = Pictures(desk.workspace)
        self._templates = Environment(
            loader=PackageLoader("curate.review"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def queue(self, request: Request) -> Response:
        """Show the list of things."""
        snapshot = self.desk.snapshot()
        wanted = self._filter(request, snapshot)
        for name in [wanted.category] if wanted.category else snapshot.categories:
            self._note_seen(snapshot, name)
        context = queue_page(snapshot, wanted, _page_number(request), self.page_size)
        return self._render("queue.html", context)

    def item(self, request: Request) -> Response:
        """Show one thing."""
        snapshot = self.desk.snapshot()
        entry = snapshot.entry(request.path_params["item"])
        if entry is None:
            return self._lost("This is no longer in the queue.")
        self._note_seen(snapshot, entry.item.category)
        last = self._last(request, snapshot)
        return self._render("item.html", item_page(snapshot, entry, self._filter(request, snapshot), last))

    def frames(self, request: Request) -> Response:
        """Show the list of all frames."""
        snapshot = self.desk.snapshot()
        wanted = frame_filter(request.query_params, snapshot)
        return self._render("frames.html", frames_page(snapshot, wanted, _page_number(request)))

    def template(self, request: Request) -> Response:
        """Show a frame on which the template's box is drawn."""
        snapshot = self.desk.snapshot()
        return self._render("template.html", template_page(snapshot, request.query_params, self.desk.workspace))

    def history(self, request: Request) -> Response:
        """Show every decision."""
        snapshot = self.desk.snapshot()
        context = history_page(snapshot, self._filter(request, snapshot), _page_number(request))
        return self._render("history.html", context)

    def picture(self, request: Request) -> Response:
        """Send one picture, which is kept nowhere: what is under review may be confidential."""
        size, name = request.path_params["size"], request.path_params["name"]
        shown = self.desk.snapshot().pictures.get(name.removesuffix(".jpg"))
        if shown is None or size not in SIZES:
            return Response(status_code=404)
        try:
            return Response(self._pictures.jpeg(shown, size), media_type="image/jpeg")
        except (ImageError, MissingError) as error:
            return Response(error.message, status_code=404, media_type="text/plain")

    def decide(self, body: bytes) -> Response:
        """Write a decision, and say where to go from here."""
        document = parse_post(body)
        snapshot = self.desk.snapshot()
        post = decision_post(document, snapshot)
        place = snapshot.place(str(document["item"]))
        decision = carry_out(self.desk.workspace, post)
        self.tally.made += 1
        self.tally.categories.add(post.category)
        after = self.desk.snapshot()
        wanted = self._filter_of(document.get("filter"), after)
        behind = steps(after.entries, after.place(str(document["item"])) or place or 0, wanted)
        more = {"last": f"{post.category}:{decision.id}"}
        following = behind.next_open if wanted.state != "decided" else behind.behind
        following = following if place is not None else ""  # who looks at any frame stays there
        here = item_address(str(document["item"]), wanted, **more)
        return _json(
            {
                "id": decision.id,
                "said": sentence(decision),
                "here": here,
                "next": item_address(following, wanted, **more) if following else "",
            }
        )

    def decide_many(self, body: bytes) -> Response:
        """Write one choice about many things, each as a decision of its own."""
        made = decide_many(self.desk.workspace, parse_post(body), self.desk.snapshot())
        self.tally.made += len(made.made)
        self.tally.categories |= {category for category, _ in made.made}
        return _json({"made": len(made.made), "said": made.said, "problems": list(made.problems)})

    def cut_template(self, body: bytes) -> Response:
        """Cut the template where a person drew its box."""
        cut = cut_drawn_template(self.desk, parse_post(body))
        return _json(cut)

    def undo(self, body: bytes) -> Response:
        """Take a decision back, and say where that leads."""
        document = parse_post(body)
        snapshot = self.desk.snapshot()
        post = undo_post(document, snapshot)
        target = next(entry for entry in snapshot.shelves[post.category].decisions if entry.id == post.draft.undoes)
        decision = carry_out(self.desk.workspace, post)
        self.tally.undone += 1
        self.tally.categories.add(post.category)
        after = self.desk.snapshot()
        wanted = self._filter_of(document.get("filter"), after)
        item = str(document.get("item", ""))
        thing = identity(post.category, *target.thing)
        about = (e.item.id for e in after.entries if (e.item.category, e.item.frame) == (post.category, target.frame))
        shown = next((each for each in (thing, item, *about) if after.place(each) is not None), "")
        return _json(
            {
                "id": decision.id,
                "said": f"Taken back: {sentence(target)}",
                "here": item_address(shown, wanted, last=f"{post.category}:{decision.id}") if shown else "./",
            }
        )

    def conflict(self, document: Any, error: ConflictError) -> Response:
        """Tell what stands now, so that the person can decide again."""
        snapshot = self.desk.snapshot()
        post = (undo_post if "undoes" in document else decision_post)(document, snapshot)
        shelf = snapshot.shelves[post.category]
        thing = post.draft.thing
        if post.draft.undoes is not None:
            thing = next(entry for entry in shelf.decisions if entry.id == post.draft.undoes).thing
        last = last_about(shelf.decisions, thing)
        stands = f"{sentence(last)} ({last.at})" if last else "nothing: the decision was taken back"
        return _json({"problem": error.message, "stands": stands, "seen": last.id if last else None}, 409)

    def _note_seen(self, snapshot: Snapshot, category: str) -> None:
        """Remember what waited in a category when it was shown: whatever is left undecided is so by choice."""
        shelf = snapshot.shelves[category]
        records = shelf.records
        windows = {name: rows for name, rows in records.windows.items() if self.desk.window in {"", name}}
        waits = waiting_in(windows, chain.from_iterable(records.screenings.values()), shelf.standing)
        self.seen[category] = {**self.seen.get(category, {}), **waits}

    def _last(self, request: Request, snapshot: Snapshot) -> Last | None:
        """Return the decision by which the person came to a page; None where none is named or it counts no more."""
        category, _, number = request.query_params.get("last", "").partition(":")
        shelf = snapshot.shelves.get(category)
        if shelf is None:
            return None
        by_id = {str(decision.id): decision for decision in shelf.decisions}
        decision = by_id.get(number)
        if decision is None:
            return None
        if decision.kind == "undo":
            target = by_id.get(str(decision.undoes))
            return Last(category, decision, f"Taken back: {sentence(target)}", stands=False) if target else None
        stands = last_about(shelf.decisions, decision.thing) == decision
        return Last(category, decision, sentence(decision), stands=True) if stands else None

    def _filter(self, request: Request, snapshot: Snapshot) -> QueueFilter:
        return self._filter_of(dict(request.query_params), snapshot)

    def _filter_of(self, parts: Any, snapshot: Snapshot) -> QueueFilter:
        return parse_filter(parts if isinstance(parts, dict) else {}, snapshot.categories)

    def _lost(self, text: str) -> Response:
        return self._render("lost.html", {"text": text}, 404)

    def problem(self, error: CurateError) -> Response:
        """Show why a page cannot be shown: a damaged record, say."""
        return self._render("lost.html", {"text": str(error)}, 500)

    def _render(self, name: str, context: dict[str, Any], status: int = 200) -> Response:
        page = self._templates.get_template(name)
        return HTMLResponse(page.render(post_key=self._keys.post, version=__version__, **context), status)


def _page_number(request: Request) -> int:
    text = request.query_params.get("page", "1")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1  # noqa: PLR2004 - a million pages


def _json(document: dict[str, Any], status: int = 200) -> Response:
    return JSONResponse(document, status, headers={"cache-control": "no-store"})


Answer = Callable[[bytes], Response]


def _posted(pages: Pages, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    """Read a body of limited size, carry it out on a worker thread, and answer errors as JSON."""

    async def endpoint(request: Request) -> Response:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > _LONGEST_BODY:
                return _json({"problem": f"more than {_LONGEST_BODY} bytes were sent"}, 413)
        return await run_in_threadpool(_carried_out, pages, answer, body)

    return endpoint


def _carried_out(pages: Pages, answer: Answer, body: bytes) -> Response:
    try:
        return answer(body)
    except ConflictError as error:
        return pages.conflict(parse_post(body), error)
    except InputError as error:
        return _json({"problem": error.message, "hint": error.hint}, 400)
    except StorageError as error:
        return _json({"problem": str(error)}, 500)


def make_app(desk: Desk, keys: Keys, *, host: str, cookie: str, start: str = "") -> tuple[Starlette, Pages]:
    """Return the application and the pages behind it.

    Parameters
    ----------
    desk : Desk
    keys : Keys
    host : str
        What the server listens on: says under which names it may be addressed.
    cookie : str
        Name of the cookie.
    start : str
        The page that whoever comes in is led to; the queue when empty.
    """
    pages = Pages(desk, keys)

    def problem(_: Request, error: Exception) -> Response:
        if not isinstance(error, CurateError):
            raise error
        return pages.problem(error)

    guard = Middleware(Guard, keys=keys, names=names_of(host, socket.gethostname()), cookie=cookie, start=start)
    # All pages lie in one folder, so that their relative addresses need not know its secret name.
    routes = [
        Route("/", pages.queue),
        Route("/item-{item}", pages.item),
        Route("/frames", pages.frames),
        Route("/template", pages.template),
        Route("/history", pages.history),
        Route("/picture/{size}/{name}", pages.picture),
        Route("/decisions", _posted(pages, pages.decide), methods=["POST"]),
        Route("/decisions-many", _posted(pages, pages.decide_many), methods=["POST"]),
        Route("/template", _posted(pages, pages.cut_template), methods=["POST"]),
        Route("/undo", _posted(pages, pages.undo), methods=["POST"]),
        Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
    ]
    app = Starlette(
        routes=[Mount(f"/{keys.folder}", routes=routes)],
        middleware=[guard],
        exception_handlers={CurateError: problem},
    )
    return app, pages


__all__ = ["DecisionTally", "Pages", "Post", "make_app"]
