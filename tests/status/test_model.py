"""A workspace to which anything may happen: status tells the truth, and following it ends in the same bytes.

``tests/reference_status.py`` works out what status must say from the files alone. Whatever happened, a person who runs
what ``next:`` says comes to the workspace of somebody to whom nothing happened: ``../shared/cases/line/04`` and ``05``.
"""

from __future__ import annotations

import contextlib
import json
import shlex
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from curate.cli.main import run
from curate.imaging.images import encode_png
from curate.model.decision import DecisionDraft
from curate.status.report import StatusReport
from curate.status.run import workspace_status
from curate.workspace.config import read_config
from curate.workspace.decisions import append_decision, read_decisions
from curate.workspace.waiting import note_looked_at
from curate.workspace.workspace import Workspace, open_workspace
from tests.crop.workspaces import texture
from tests.disk.kills import Killed, contents, killed_at
from tests.reference_status import CATEGORY, Reference, waiting

FRAMES = 8
DELETED = (
    "windows", "windows/default/part/main/f1.png", "masks", "build", "build/autovi/part/test", "screening",
    "records/windows", "records/masks", "records/splits", "records/screening", "records/annotations", "captures/part",
    "captures/part/main/f0.png",
)  # fmt: skip
STEPS = 30
"""More commands than any state needs: who follows ``next:`` comes to an end before."""


class Plant(RuleBasedStateMachine):
    """One person, one category, eight frames."""

    def __init__(self) -> None:
        super().__init__()
        self.base = Path(tempfile.mkdtemp())
        self.root = self.base / "line"
        self.reference = Reference(self.root)
        self.box, self.saturation, self.rust, self.train = 4, 0.5, False, 0.5
        self.true = False

    def teardown(self) -> None:
        try:
            if self.true:
                self._end_as_if_nothing_had_happened()
        finally:
            shutil.rmtree(self.base)

    @initialize(day=st.integers(4, FRAMES))
    def begin(self, day: int) -> None:
        (self.root / "camera").mkdir(parents=True)
        (self.root / "drawn").mkdir()
        self._configure()
        self._shoot(day)
        for number in range(FRAMES):
            self._draw(number, {4: "dent", 5: "rust"}.get(number, ""))
        self._follow(self.root, self.reference)

    # What may happen.

    @rule()
    def go_on(self) -> None:
        self._follow(self.root, self.reference)

    @rule(day=st.integers(4, FRAMES))
    def frames_come(self, day: int) -> None:
        self._shoot(day)
        self._run(self.root, self.reference, "curate import FOLDER -c part")

    @rule(number=st.integers(0, FRAMES - 1), defect=st.sampled_from(["", "dent", "rust"]))
    def an_expert_draws_again(self, number: int, defect: str) -> None:
        if defect != "rust" or self.rust:  # what cannot be taken in leaves the annotation of before, by design
            self._draw(number, defect)

    @rule(box=st.sampled_from([2, 4]), saturation=st.sampled_from([0.25, 0.5]), train=st.sampled_from([0.5, 0.4]))
    def the_configuration_changes_or_goes_back(self, box: int, saturation: float, train: float) -> None:
        self.box, self.saturation, self.train = box, saturation, train
        self._configure()

    @rule()
    def a_defect_is_named(self) -> None:
        self.rust = True
        self._configure()

    @precondition(lambda self: (self.root / "records/captures/part/main.csv").exists())
    @rule(number=st.integers(0, 3), what=st.sampled_from(["keep", "reject", "good", "dent"]))
    def somebody_decides(self, number: int, what: str) -> None:
        kind = "frame" if what in {"keep", "reject"} else "label"
        draft = DecisionDraft(f"main/f{number}.png", kind, what)  # type: ignore[arg-type]
        last = [one for one in read_decisions(Workspace(self.root), CATEGORY) if one.kind != "undo"]
        undone = {one.undoes for one in read_decisions(Workspace(self.root), CATEGORY)}
        about = [one for one in last if one.thing == draft.thing and one.id not in undone]
        append_decision(Workspace(self.root), CATEGORY, draft, seen=about[-1].id if about else None)

    @precondition(lambda self: any(one.kind != "undo" for one in read_decisions(Workspace(self.root), CATEGORY)))
    @rule()
    def somebody_takes_it_back(self) -> None:
        decisions = read_decisions(Workspace(self.root), CATEGORY)
        last = decisions[-1]
        if last.kind != "undo":
            undo = DecisionDraft("", "undo", "undo", undoes=last.id)
            append_decision(Workspace(self.root), CATEGORY, undo, seen=last.id)

    @rule(name=st.sampled_from(DELETED))
    def something_is_deleted(self, name: str) -> None:
        path = self.root / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

    @rule(name=st.sampled_from(["windows/default/part", "captures/part", "masks/default/part"]))
    def something_is_renamed_and_named_back(self, name: str) -> None:
        path = self.root / name
        if path.is_dir():
            path.rename(self.base / "elsewhere")
            self.truth()
            (self.base / "elsewhere").rename(path)

    @precondition(lambda self: not self.reference.broken_off)
    @rule()
    def the_scratch_folder_is_deleted(self) -> None:
        shutil.rmtree(self.root / ".curate", ignore_errors=True)

    @rule(moment=st.integers(0, 80))
    def a_command_is_killed(self, moment: int) -> None:
        command = next(iter(self._status(self.root).next_commands), "")
        stage = command.split()[1] if command else ""
        if not stage or stage == "review":
            return
        before = outside_of_scratch(self.root)
        with contextlib.suppress(Killed), killed_at(moment):
            self._run(self.root, self.reference, command)
            return
        states = {entry.stage: entry.state for entry in self._status(self.root).stages}
        if states[stage] in {"done", "failed"} and outside_of_scratch(self.root) != before:
            # It had come to its end: then running it again changes nothing.
            after = outside_of_scratch(self.root)
            self._run(self.root, self.reference, command)
            assert outside_of_scratch(self.root) == after, stage
        elif states[stage] == "stale":
            self.reference.broken_off.add(stage)

    # What must always hold.

    @invariant()
    def truth(self) -> None:
        if (self.root / "curate.toml").exists():
            self.true = False
            told = {entry.stage: entry.state for entry in self._status(self.root).stages}
            assert told == self.reference.states()
            self.true = True

    def _end_as_if_nothing_had_happened(self) -> None:
        left = self._follow_to_the_end(self.root, self.reference)
        other = self.base / "fresh"
        for name in ("camera", "drawn"):
            shutil.copytree(self.root / name, other / name)
        (other / "curate.toml").write_text((self.root / "curate.toml").read_text())
        decided = self.root / f"records/decisions/{CATEGORY}.jsonl"
        if decided.exists():
            (other / "records/decisions").mkdir(parents=True)
            shutil.copy(decided, other / "records/decisions")
        assert self._follow_to_the_end(other, Reference(other)) == left
        if not left:
            assert results(self.root) == results(other)

    # How it is carried out.

    def _configure(self) -> None:
        rust = "[categories.part.defects.rust]\nsaturation = 0.5\n" if self.rust else ""
        (self.root / "curate.toml").write_text(
            f'[categories.part]\nwindow = {{ mode = "crop", box = [{self.box}, 4, 40, 30] }}\n'
            f'split = {{ policy = "chronological", train = {self.train} }}\n'
            f"[categories.part.defects.dent]\nsaturation = {self.saturation}\n{rust}"
        )

    def _shoot(self, day: int) -> None:
        for number in range(day):
            path = self.root / f"camera/f{number}.png"
            if not path.exists():
                path.write_bytes(encode_png(texture(60, 50, number)))

    def _draw(self, number: int, defect: str) -> None:
        shapes = [{"label": defect, "shape_type": "polygon", "points": [[10, 10], [20, 10], [20, 20]]}] * bool(defect)
        document = {"imagePath": f"f{number}.png", "imageWidth": 60, "imageHeight": 50, "shapes": shapes}
        (self.root / f"drawn/f{number}.json").write_text(json.dumps(document))

    def _status(self, root: Path) -> StatusReport:
        return workspace_status(Workspace(root), read_config(root / "curate.toml"))

    def _follow(self, root: Path, reference: Reference) -> str:
        """Run the next command, and return it; ``""`` where there is none."""
        command = next(iter(self._status(root).next_commands), "")
        if command:
            self._run(root, reference, command)
        return command

    def _follow_to_the_end(self, root: Path, reference: Reference) -> str:
        """Run what ``next:`` says until nothing is left, or until a command changes nothing: then return that."""
        for _ in range(STEPS):
            before = contents(root), self._status(root)
            command = self._follow(root, reference)
            if not command or (contents(root), self._status(root)) == before:
                return command
        raise AssertionError(f"next: does not end, the last was {command}")

    def _run(self, root: Path, reference: Reference, command: str) -> None:
        words = [{"FOLDER": "camera", "FILE": "drawn"}.get(word, word) for word in shlex.split(command)[1:]]
        stage = words[0]
        if stage == "review":  # a page cannot be looked at here
            workspace, _, (category,) = open_workspace(root)
            reference.seen = {**(reference.seen or {}), **waiting(root)}
            note_looked_at(workspace, category, waiting(root))
            return
        with contextlib.chdir(root):
            code = run([*words, "-q"])
        assert code in {0, 1, 2}, command
        entry = next(entry for entry in self._status(root).stages if entry.stage == stage)
        if code == 2:
            reference.broken_off |= {stage} if entry.state == "stale" else set()
        else:
            reference.note(stage, failed=entry.state == "failed")


def outside_of_scratch(root: Path) -> dict[str, bytes]:
    return {name: content for name, content in contents(root).items() if not name.startswith(".curate/")}


def results(root: Path) -> dict[str, bytes]:
    """Everything but stamps, which remember what was seen, and sheets, which show labels as they were."""
    left_out = (".curate/", "records/stamps/", "screening/", "camera/", "drawn/")
    return {name: content for name, content in contents(root).items() if not name.startswith(left_out)}


TestPlant = Plant.TestCase
TestPlant.settings = settings(
    max_examples=14, stateful_step_count=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
