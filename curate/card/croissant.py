"""Describe a dataset to machines as Croissant 1.0 JSON-LD (MLCommons, http://mlcommons.org/croissant/1.0). Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from curate.card.describe import CategoryDescription
from curate.card.responsible import CONFORMS_TO, responsible
from curate.datasets.layouts.packed import MASK_END
from curate.disk.members import MEMBER
from curate.validate.table import CategoryTable

_FORMATS = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".bmp": "image/bmp",
    ".webp": "image/webp",
}
_TERMS = (
    "citeAs", "column", "equivalentProperty", "examples", "extract", "field", "fileObject", "fileProperty", "fileSet",
    "format", "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references",
    "regex", "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform",
)  # fmt: skip
_JSON_TERMS = ("data", "examples")
_MASK_DEPTH = 3
"""Folders above a mask of the native layouts: ground_truth, the defect and the image."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What the files cannot say about a publication; each ``""`` when unknown."""

    name: str
    version: str = ""
    license: str = ""
    description: str = ""
    url: str = ""
    creator: str = ""
    published: str = ""
    citation: str = ""
    collection: str = ""
    annotators: str = ""
    biases: str = ""


def croissant(
    publication: Publication,
    tables: Sequence[CategoryTable],
    categories: Sequence[CategoryDescription],
    fingerprint: str,
    shards: Mapping[str, str],
) -> dict[str, Any]:
    """Return the JSON-LD document.

    Parameters
    ----------
    publication : Publication
    tables : sequence of CategoryTable
    categories : sequence of CategoryDescription
        Of the same categories.
    fingerprint : str
        Hexadecimal sha256 over the dataset's files.
    shards : mapping of str to str
        Hexadecimal sha256 of each archive that holds images, by its path.
    """
    masks = [path for table in tables for path in table.masks]
    distribution = [
        _folder("folder", fingerprint),
        *_images([path for table in tables for path in table.images], shards),
    ]
    if masks:
        # mlcroissant 1.1 cannot read two sets of files out of one folder: the second gets it under another name.
        distribution += [_folder("folder-of-masks", fingerprint)]
        distribution += [_file_set("masks", "Masks of the defects' regions.", masks, "folder-of-masks")]
    document: dict[str, Any] = {
        "@context": _context(),
        "@type": "sc:Dataset",
        "name": publication.name,
        "conformsTo": ["http://mlcommons.org/croissant/1.0", CONFORMS_TO],
        "description": publication.description or f"Images for visual inspection: {', '.join(t.name for t in tables)}.",
        "license": publication.license,
        "url": publication.url,
        "version": publication.version,
        "citeAs": publication.citation or " ".join(filter(None, (publication.creator, publication.name))),
        "datePublished": publication.published,
        "creator": {"@type": "sc:Organization", "name": publication.creator} if publication.creator else "",
        "distribution": distribution,
        "recordSet": _record_sets(tables, masks),
        **responsible(
            categories,
            [_set_aside(table) for table in tables],
            collection=publication.collection,
            annotators=publication.annotators,
            biases=publication.biases,
        ),
    }
    return {key: value for key, value in document.items() if value != ""}


def _folder(name: str, fingerprint: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "description": "The dataset's folder; the hash is over the paths and bytes of its pictures.",
        "contentUrl": ".",
        "encodingFormat": "local_directory",
        "sha256": fingerprint,
    }


def _context() -> dict[str, Any]:
    context: dict[str, Any] = {"@language": "en", "@vocab": "https://schema.org/"}
    context |= {term: f"cr:{term}" for term in _TERMS if term not in _JSON_TERMS}
    context |= {term: {"@id": f"cr:{term}", "@type": "@json"} for term in _JSON_TERMS}
    context |= {
        "conformsTo": "dct:conformsTo",
        "cr": "http://mlcommons.org/croissant/",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
        "dct": "http://purl.org/dc/terms/",
        "sc": "https://schema.org/",
    }
    return dict(sorted(context.items()))


def _images(paths: Sequence[str], shards: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the set of all images; of those in shards, which lie beside their masks there, also the shards."""
    packed = [path.partition(MEMBER) for path in paths if MEMBER in path]
    if not packed:
        return [_file_set("images", "Every image.", paths)]
    files = [
        {
            "@type": "cr:FileObject",
            "@id": path,
            "name": path,
            "description": "Images with their masks and texts.",
            "contentUrl": path,
            "encodingFormat": "application/x-tar",
            "sha256": digest,
        }
        for path, digest in sorted(shards.items())
    ]
    names = [PurePosixPath(name) for _, _, name in packed]
    images = _file_set("images", "Every image.", names)
    # A shard's images have no further dot in their names, its masks one before "mask": loaders know no exclusion.
    dot = len(MASK_END.removesuffix(".png"))
    stems = sorted({"?" * len(name.stem) if len(name.stem) < dot else f"*[!.]{'?' * (dot - 1)}" for name in names})
    includes = [f"{stem}{suffix}" for suffix in sorted({name.suffix for name in names}) for stem in stems]
    return [*files, {**images, "containedIn": [{"@id": path} for path in sorted(shards)], "includes": includes}]


def _file_set(
    name: str, description: str, paths: Iterable[str | PurePosixPath], folder: str = "folder"
) -> dict[str, Any]:
    files = [PurePosixPath(path) for path in paths]
    formats = sorted({_FORMATS[file.suffix.lower()] for file in files})
    return {
        "@type": "cr:FileSet",
        "@id": name,
        "name": name,
        "description": description,
        "containedIn": {"@id": folder},
        "encodingFormat": formats[0] if len(formats) == 1 else formats,
        "includes": _globs(files),
    }


def _globs(files: Sequence[PurePosixPath]) -> list[str]:
    """Return patterns that cover the files: folders that hold one file each, as masks do, share a star."""
    folders = {(file.parent, file.suffix) for file in files}
    if len(folders) > len(files) / 2:
        folders = {(folder.parent / "*", suffix) for folder, suffix in folders}
    return sorted(str(folder / f"*{suffix}") for folder, suffix in folders)


def _set_aside(table: CategoryTable) -> Counter[str]:
    """Return how many frames of each label were left out, as an export notes it."""
    return Counter(table.card.statistics.get("set_aside", {}) if table.card else {})


def _record_sets(tables: Sequence[CategoryTable], masks: Sequence[str]) -> list[dict[str, Any]]:
    """Return a record per image, and where masks are files of the published folders a record per region."""
    native = all(table.native for table in tables)
    below = all(table.tree.category.prefix for table in tables)  # the categories are folders below the root
    category = [("category", r"^(?:.*/)?([^/]+)/[^/]+/[^/]+/[^/]+$")] if below else []
    named = [("split", r"^(?:.*/)?([^/]+)/[^/]+/[^/]+$"), ("label", r"^(?:.*/)?([^/]+)/[^/]+$")]
    # In other layouts a table says it, but the folders still name the category.
    folders = (category + named) if native else []
    sets = [_records("samples", "One record per image.", "images", "image", folders)]
    if native and masks and all(len(PurePosixPath(path).parts) > _MASK_DEPTH for path in masks):
        of_mask = [("category", r"^(?:.*/)?([^/]+)/[^/]+/[^/]+/[^/]+/[^/]+$")] if below else []
        of_mask += [("defect", r"^(?:.*/)?([^/]+)/[^/]+/[^/]+$"), ("image", r"^(?:.*/)?([^/]+)/[^/]+$")]
        sets.append(_records("regions", "One record per region of a defect.", "masks", "mask", of_mask))
    return sets


def _records(
    name: str, description: str, files: str, content: str, by_folder: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    fields = [
        _field(name, files, content, "sc:ImageObject", {"extract": {"fileProperty": "content"}}),
        _field(name, files, "path", "sc:Text", {"extract": {"fileProperty": "fullpath"}}),
    ]
    for column, regex in by_folder:
        source = {"extract": {"fileProperty": "fullpath"}, "transform": {"regex": regex}}
        fields.append(_field(name, files, column, "sc:Text", source))
    return {"@type": "cr:RecordSet", "@id": name, "name": name, "description": description, "field": fields}


def _field(records: str, files: str, name: str, data_type: str, source: dict[str, Any]) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"{records}/{name}",
        "name": name,
        "dataType": data_type,
        "source": {"fileSet": {"@id": files}, **source},
    }
