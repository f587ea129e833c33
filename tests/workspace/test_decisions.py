from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.disk.schema import schema_problems
from curate.errors import ConflictError, InputError, RecordError, StorageError
from curate.model.decision import DecisionDraft
from curate.workspace.decisions import append_decision, format_decision, read_decisions, read_standing
from curate.workspace.workspace import Workspace

KEEP, REJECT = (
    DecisionDraft("s/a.jpg", "frame", "keep", "sharp enough"),
    DecisionDraft("s/a.jpg", "frame", "reject", "an arm"),
)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def noon() -> datetime:
    return datetime(2024, 5, 1, 14, 0, 0, 250000, tzinfo=timezone(timedelta(hours=2)))


def test_a_decision_is_one_line_that_follows_the_schema(workspace: Workspace) -> None:
    made = append_decision(workspace, "part", KEEP, seen=None, clock=noon)
    placed = DecisionDraft("s/ä.jpg", "window", "place", "off", window="default", x_px=12, y_px=7.5, rotation_deg=-1.0)
    append_decision(workspace, "part", placed, seen=None, clock=noon)
    lines = workspace.decisions("part").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [
        {
            "id": 1,
            "at": "2024-05-01T12:00:00.250Z",
            "frame": "s/a.jpg",
            "kind": "frame",
            "verdict": "keep",
            "reason": "sharp enough",
        },
        {
            "id": 2,
            "at": "2024-05-01T12:00:00.250Z",
            "frame": "s/ä.jpg",
            "kind": "window",
            "verdict": "place",
            "reason": "off",
            "window": "default",
            "x_px": 12,
            "y_px": 7.5,
            "rotation_deg": -1.0,
        },
    ]
    assert all(schema_problems(json.loads(line), "decision") == [] for line in lines)
    first, second = read_decisions(workspace, "part")
    assert first == made
    assert (second.x_px, second.y_px, second.by_hand) == (12.0, 7.5, "by hand: off")
    assert read_decisions(workspace, "other") == []


def test_a_reason_stays_on_one_line(workspace: Workspace) -> None:
    entry = append_decision(
        workspace, "part", DecisionDraft("s/a.jpg", "frame", "keep", " a\n b\u2028c\td "), seen=None
    )
    assert entry.reason == "a b c d"
    assert read_decisions(workspace, "part") == [entry]


def test_who_has_not_seen_what_stands_is_refused(workspace: Workspace) -> None:
    first = append_decision(workspace, "part", KEEP, seen=None)
    with pytest.raises(ConflictError, match=r"decision 1 \(frame keep, .*Z\) was made about s/a.jpg in the meantime"):
        append_decision(workspace, "part", REJECT, seen=None)
    second = append_decision(workspace, "part", REJECT, seen=first.id)
    append_decision(workspace, "part", DecisionDraft("s/b.jpg", "frame", "keep"), seen=None)  # something else
    with pytest.raises(ConflictError):
        append_decision(workspace, "part", KEEP, seen=first.id)
    undo = append_decision(workspace, "part", DecisionDraft("", "undo", "undo", undoes=second.id), seen=second.id)
    assert undo.frame == "s/a.jpg"
    assert read_standing(workspace, "part").frames["s/a.jpg"] == first
    with pytest.raises(ConflictError):  # the other tab still shows the second one
        append_decision(workspace, "part", KEEP, seen=second.id)
    append_decision(workspace, "part", DecisionDraft("", "undo", "undo", undoes=undo.id), seen=first.id)
    assert read_standing(workspace, "part").frames["s/a.jpg"] == second
    assert [entry.id for entry in read_decisions(workspace, "part")] == [1, 2, 3, 4, 5]


def test_what_is_gone_is_told_apart_from_what_is_new(workspace: Workspace) -> None:
    first = append_decision(workspace, "part", KEEP, seen=None)
    append_decision(workspace, "part", DecisionDraft("", "undo", "undo", undoes=first.id), seen=first.id)
    with pytest.raises(ConflictError, match="was taken back in the meantime"):
        append_decision(workspace, "part", REJECT, seen=first.id)


@pytest.mark.parametrize(
    ("draft", "message"),
    [
        (DecisionDraft("s/a.jpg", "frame", "accept"), "a frame can be keep or reject"),
        (DecisionDraft("", "undo", "undo", undoes=7), "decision 7 was never made"),
        (DecisionDraft("", "undo", "undo", undoes=1), "decision 1 is taken back already"),
        (DecisionDraft("s/\udcff.jpg", "frame", "keep"), "not Unicode"),
    ],
)
def test_what_cannot_be_decided_leaves_the_record_alone(
    workspace: Workspace, draft: DecisionDraft, message: str
) -> None:
    append_decision(workspace, "part", KEEP, seen=None)
    append_decision(workspace, "part", DecisionDraft("", "undo", "undo", undoes=1), seen=1)
    before = workspace.decisions("part").read_bytes()
    with pytest.raises(InputError, match=message):
        append_decision(workspace, "part", draft, seen=None)
    assert workspace.decisions("part").read_bytes() == before


@given(st.data())
def test_a_torn_end_loses_at_most_the_last_decision(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    workspace = Workspace(tmp_path_factory.mktemp("w"))
    made = [
        append_decision(workspace, "part", DecisionDraft(f"s/ä{n}.jpg", "frame", "keep"), seen=None) for n in range(3)
    ]
    path = workspace.decisions("part")
    whole = path.read_bytes()
    kept = whole[: data.draw(st.integers(0, len(whole)))]
    path.write_bytes(kept)
    # A line that lacks nothing but its end is whole.
    complete = sum(len(kept) >= end_of(whole, number) for number in (1, 2, 3))
    assert read_decisions(workspace, "part") == made[:complete]
    added = append_decision(workspace, "part", DecisionDraft("s/next.jpg", "frame", "reject"), seen=None)
    assert read_decisions(workspace, "part") == [*made[:complete], added]
    assert added.id == complete + 1
    assert path.read_bytes().endswith(b"}\n")
    assert path.read_bytes().count(b"\n") == complete + 1


def end_of(whole: bytes, number: int) -> int:
    """Where the line of that number ends, without its line end."""
    place = -1
    for _ in range(number):
        place = whole.index(b"\n", place + 1)
    return place


GOOD_LINE = '{"id":1,"at":"2024-05-01T10:00:00Z","frame":"s/a.jpg","kind":"frame","verdict":"keep","reason":""}'


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{oops", "line 2 is not JSON"),
        ("[]", "line 2: the line: .* is not of type 'object'"),
        (GOOD_LINE, "line 2: the id 1 follows 1"),
        (GOOD_LINE.replace('"id":1', '"id":true'), "line 2: id: True is not of type 'integer'"),
        (GOOD_LINE.replace('"id":1', '"id":2').replace("keep", "accept"), "line 2: a frame can be keep or reject"),
        (
            GOOD_LINE.replace('"reason":""', '"why":""'),
            "line 2: the line: .*'reason' is a required.*'why' was unexpected",
        ),
        (GOOD_LINE.replace('"at":"2024', '"at":"May 2024'), "line 2: at: .* does not match"),
        (
            GOOD_LINE.replace('"id":1', '"id":2,"undoes":9').replace('frame","verdict":"keep', 'undo","verdict":"undo'),
            "line 2: undoes 9, which is not above it",
        ),
    ],
)
def test_a_damaged_line_is_named_and_nothing_is_added(workspace: Workspace, line: str, message: str) -> None:
    path = workspace.decisions("part")
    path.parent.mkdir(parents=True)
    path.write_text(f"{GOOD_LINE}\n{line}\n{GOOD_LINE.replace('1', '3', 1)}\n", encoding="utf-8")
    before = path.read_bytes()
    for action in (
        lambda: read_decisions(workspace, "part"),
        lambda: append_decision(workspace, "part", KEEP, seen=None),
    ):
        with pytest.raises(RecordError, match=message) as raised:
            action()
        assert raised.value.path == str(path)
    assert path.read_bytes() == before


def test_a_full_disk_leaves_the_record_as_it_was(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    append_decision(workspace, "part", KEEP, seen=None)
    before = workspace.decisions("part").read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("curate.workspace.decisions.os.fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        append_decision(workspace, "part", REJECT, seen=1)
    assert workspace.decisions("part").read_bytes() == before


def test_threads_lose_nothing_and_one_of_two_who_saw_the_same_wins(workspace: Workspace) -> None:
    def decide(number: int) -> str:
        append_decision(workspace, "part", DecisionDraft(f"s/{number}.jpg", "frame", "keep"), seen=None)
        try:
            append_decision(workspace, "part", KEEP if number % 2 else REJECT, seen=None)
        except ConflictError:
            return "conflict"
        return "won"

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(decide, range(16)))
    decisions = read_decisions(workspace, "part")
    assert results.count("won") == 1
    assert [entry.id for entry in decisions] == list(range(1, 18))
    assert {entry.frame for entry in decisions} == {"s/a.jpg", *(f"s/{number}.jpg" for number in range(16))}


def test_processes_lose_nothing_either(workspace: Workspace) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from curate.errors import ConflictError\n"
        "from curate.workspace.decisions import append_decision\n"
        "from curate.workspace.workspace import Workspace\n"
        "from curate.model.decision import DecisionDraft\n"
        "workspace, me = Workspace(Path(sys.argv[1])), sys.argv[2]\n"
        "for n in range(20):\n"
        "    append_decision(workspace, 'part', DecisionDraft(f's/{me}-{n}.jpg', 'frame', 'keep'), seen=None)\n"
        "try:\n"
        "    append_decision(workspace, 'part', DecisionDraft('s/a.jpg', 'frame', 'keep', me), seen=None)\n"
        "    print('won')\n"
        "except ConflictError:\n"
        "    print('conflict')\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", script, str(workspace.root), me], stdout=subprocess.PIPE, text=True)
        for me in ("one", "two")
    ]
    assert sorted(process.communicate()[0].strip() for process in running) == ["conflict", "won"]
    frames = [entry.frame for entry in read_decisions(workspace, "part")]
    assert sorted(frames) == sorted(["s/a.jpg", *(f"s/{me}-{n}.jpg" for me in ("one", "two") for n in range(20))])


def test_what_was_written_reads_back(workspace: Workspace) -> None:
    entry = append_decision(
        workspace,
        "part",
        DecisionDraft("s/a.jpg", "finding", "exclude", code="CUR301"),
        seen=None,
        clock=lambda: NEW_YEAR,
    )
    assert format_decision(entry) == (
        '{"id": 1, "at": "2025-01-01T00:00:00.000Z", "frame": "s/a.jpg", "kind": "finding", '
        '"verdict": "exclude", "reason": "", "code": "CUR301"}'
    )
    assert read_decisions(workspace, "part") == [entry]


NEW_YEAR = datetime(2025, 1, 1, tzinfo=UTC)
