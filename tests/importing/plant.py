"""A drawn plant: cameras, days and accidents, with the true shooting order. Nothing here uses the code under test.

Every number comes from the seed. What a camera writes (EXIF, names) follows from the true moment of each shot, from the
state of its clock (an offset, drift, summer time, a clock that somebody set back) and of its counter (restarts, turns,
gaps); what a person does to the files (edits, copies, new names) follows after that.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from curate.model.evidence import ExifEvidence, Sighting, SourceFile

SUMMER_ENDS = datetime(2026, 10, 25, 1, tzinfo=UTC)
"""In Europe: 03:00 of summer time is 02:00 of winter time."""


@dataclass(frozen=True)
class TrueShot:
    """A file of the plant and the moment at which it was really shot; a stray file has none."""

    sighting: Sighting
    moment: datetime | None
    camera: str
    day: int


@dataclass
class Body:
    """A camera: what its clock and its counter do."""

    name: str
    serial: str
    text: str
    counter: int
    digits: int = 4
    in_exif: bool = True
    offset: bool = False
    follows_summer: bool = True
    name_time: bool = False
    wrong_s: int = 0
    drift: float = 0.0
    bare: bool = False
    scrambled: bool = False

    def next_number(self, gap: int) -> int:
        self.counter = (self.counter + gap) % 10**self.digits or 1
        return self.counter

    def shows(self, moment: datetime, start: datetime) -> tuple[datetime, str]:
        """Return what the clock shows, and the offset that it writes."""
        hours = 2 if moment < SUMMER_ENDS or not self.follows_summer else 1
        wrong = self.wrong_s + self.drift * (moment - start).total_seconds()
        shown = moment + timedelta(hours=hours, seconds=int(wrong))
        return shown.replace(tzinfo=None), f"+0{hours}:00" if self.offset else ""


def plant(seed: int, *, cameras: int = 0) -> list[TrueShot]:
    """Draw a plant's files in true shooting order; stray files stand last."""
    chance = random.Random(seed)
    bodies = [_body(chance, number) for number in range(cameras or chance.randint(1, 3))]
    # Some plants work through the night in which summer time ends, some from the day before, some never see it.
    first = SUMMER_ENDS - timedelta(days=chance.choice([0, 0, 1, 9]), minutes=chance.randint(20, 90))
    shots: list[TrueShot] = []
    for day in range(chance.randint(1, 4)):
        start = first + timedelta(days=day, minutes=chance.randint(0, 30))
        step_s = chance.choice([20, 31, 60, 95])
        count = chance.randint(10, 90)
        for body in bodies:
            if day and chance.random() < 0.3:
                body.counter = 0  # its memory was erased, or it was switched off
            back_at = chance.randrange(count) if chance.random() < 0.15 else -1
            for index in range(count):
                moment = start + timedelta(seconds=index * step_s + chance.randint(0, 3) + 5 * bodies.index(body))
                if index == back_at:
                    body.wrong_s -= chance.choice([40, 300, 1500, 5400])
                shots.append(_file(chance, body, moment, first, day))
    shots += [_copy(chance, shot) for shot in shots if chance.random() < 0.01]
    shots.sort(key=lambda shot: (shot.moment or first, shot.camera))
    shots += [_stray(chance, number, chance.randrange(4)) for number in range(chance.choice([0, 0, 1, 3]))]
    return shots


def _body(chance: random.Random, number: int) -> Body:
    return Body(
        name="ABC"[number],
        serial="ABC"[number],
        text=chance.choice(["IMG_", "DSC", "ABC"[number] + "_"]),
        counter=chance.choice([0, 100, 4200, 9960, 9990]),
        in_exif=chance.random() < 0.5,
        offset=chance.random() < 0.3,
        follows_summer=chance.random() < 0.7,
        name_time=chance.random() < 0.2,
        drift=chance.choice([0.0, 1e-4, -1e-4]),
        bare=(bare := chance.random() < 0.1),
        scrambled=not bare and chance.random() < 0.1,
    )


def _file(chance: random.Random, body: Body, moment: datetime, start: datetime, day: int) -> TrueShot:
    number = body.next_number(chance.choice([1] * 12 + [2, 3]))
    shown, offset = body.shows(moment, start)
    stamp = f"{shown:%Y%m%d_%H%M%S}_" if body.name_time or body.bare else ""
    name = f"day{day}/{body.name}/{stamp}{body.text}{number:0{body.digits}d}.jpg"
    if body.scrambled:
        name = f"day{day}/{body.name}/{chance.randrange(10**6):06d}.jpg"  # renamed by a program
    exif = ExifEvidence(
        original=f"{shown:%Y:%m:%d %H:%M:%S}",
        original_offset=offset,
        serial=body.serial,
        counter=number if body.in_exif else None,
    )
    if body.bare or chance.random() < 0.01:
        exif = ExifEvidence()  # the camera writes none, or somebody edited the picture
    digest = hashlib.sha256(f"{name}{moment}{chance.random()}".encode()).hexdigest()
    return TrueShot(Sighting(SourceFile(name, name, 1000, 0), digest, 64, 48, "RGB", exif), moment, body.name, day)


def _copy(chance: random.Random, shot: TrueShot) -> TrueShot:
    """Somebody saved the picture again, under another name, with all its tags."""
    digest = hashlib.sha256(f"{shot.sighting.sha256}{chance.random()}".encode()).hexdigest()
    name = shot.sighting.source.name.replace(".jpg", chance.choice([" (1).jpg", "-edited.jpg", "_crop.jpg"]))
    return replace(renamed(shot, name), sighting=replace(renamed(shot, name).sighting, sha256=digest))


def _stray(chance: random.Random, number: int, day: int) -> TrueShot:
    name = chance.choice([f"screenshot{number}.png", f"IMG-WA{number:04d}.jpg", f"day{day}/copy of {number}.jpg"])
    digest = hashlib.sha256(f"stray{number}{chance.random()}".encode()).hexdigest()
    return TrueShot(Sighting(SourceFile(name, name, 1000, 0), digest, 64, 48, "RGB"), None, "", day)


def renamed(shot: TrueShot, name: str) -> TrueShot:
    """The same file under another name."""
    source = replace(shot.sighting.source, name=name, path=name)
    return replace(shot, sighting=replace(shot.sighting, source=source))
