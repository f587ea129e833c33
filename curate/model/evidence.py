"""What is known about a file before it becomes a frame: where it was found, what it holds, what its EXIF block says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as the listing of a source found it.

    Attributes
    ----------
    path : str
        Where it can be read: a file, an archive, or a URL. Never recorded: it is a path of this machine.
    name : str
        Relative to the source that was named, ``/``-separated; the file's own name for a single file.
    size_bytes : int
        -1 where the storage does not say.
    mtime_ns : int
        Modification time, as the file system, the archive or the storage tells it.
    inode : int
        What else changes when the content does: the inode, a checksum; 0 where there is none.
    member : int
        Place in the archive that ``path`` names; -1 for a file of its own.
    """

    path: str
    name: str
    size_bytes: int
    mtime_ns: int
    inode: int = 0
    member: int = -1

    @property
    def is_local_file(self) -> bool:
        """Whether ``path`` itself is the file, on a file system."""
        return self.member < 0 and "://" not in self.path


@dataclass(frozen=True, slots=True)
class ExifEvidence:
    """The tags of an EXIF block that say when, by which camera and as which shot; each as written, ``""`` when absent.

    Attributes
    ----------
    original, original_fraction, original_offset : str
        DateTimeOriginal (``2022:08:11 17:27:09``), SubSecTimeOriginal (digits after the decimal point) and
        OffsetTimeOriginal (``-07:00``).
    changed, changed_fraction, changed_offset : str
        DateTime, SubSecTime, OffsetTime: when the file was last written, by whatever program.
    serial : str
        BodySerialNumber.
    model : str
        Make and Model.
    counter : int or None
        ImageNumber.
    damaged : bool
        The block breaks off or points outside itself.
    digitized, digitized_fraction, digitized_offset : str
        DateTimeDigitized, SubSecTimeDigitized, OffsetTimeDigitized: when the picture was stored or scanned.
    """

    original: str = ""
    original_fraction: str = ""
    original_offset: str = ""
    changed: str = ""
    changed_fraction: str = ""
    changed_offset: str = ""
    serial: str = ""
    model: str = ""
    counter: int | None = None
    damaged: bool = False
    digitized: str = ""
    digitized_fraction: str = ""
    digitized_offset: str = ""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A source file that was read whole and found sound.

    Attributes
    ----------
    source : SourceFile
    sha256 : str
        Of the bytes, hexadecimal.
    width_px, height_px : int
        Upright size, after EXIF orientation.
    mode : str
        Pillow's mode.
    exif : ExifEvidence
    pixels_sha256 : str
        Of the decoded picture; ``""`` when it was not decoded.
    """

    source: SourceFile
    sha256: str
    width_px: int
    height_px: int
    mode: str
    exif: ExifEvidence = ExifEvidence()
    pixels_sha256: str = ""
