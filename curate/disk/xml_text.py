"""Text as it stands in XML; the functions of the standard library load networking, so they are imported late."""

from __future__ import annotations


def escape(text: str) -> str:
    """Write ``&``, ``<`` and ``>`` as entities.

    >>> escape("a < b")
    'a &lt; b'
    """
    from xml.sax import saxutils

    return saxutils.escape(text)


def quoteattr(text: str) -> str:
    """Write a value of an attribute, quotation marks included.

    >>> quoteattr("a < b")
    '"a &lt; b"'
    """
    from xml.sax import saxutils

    return saxutils.quoteattr(text)
