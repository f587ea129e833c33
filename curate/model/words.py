"""Words for counts in messages."""

from __future__ import annotations

import re

_USER_OF_URL = re.compile(r"(?<=://)[^\s/?#@]+@")
_SIGNED = re.compile(
    r"(?<=[?&])(X-(?:Amz|Goog)-(?:Signature|Credential|Security-Token)|Signature|AWSAccessKeyId|GoogleAccessId|sig|se|sv|"
    r"access_token|api_key|password)=[^&\s'\"]+",
    re.IGNORECASE,
)


def counted(number: int, one: str, several: str) -> str:
    """Put a number before the words that fit it.

    >>> counted(1, "mask has", "masks have"), counted(0, "mask has", "masks have")
    ('1 mask has', '0 masks have')
    """
    return f"{number} {one if number == 1 else several}"


def without_credentials(text: str) -> str:
    """Cut from the URLs in a text what lets somebody in: user and password, keys, signatures.

    >>> without_credentials("s3://KEY:SECRET@line/a.png: gone"), without_credentials("https://x/a?X-Amz-Signature=0f&n=1")
    ('s3://…@line/a.png: gone', 'https://x/a?X-Amz-Signature=…&n=1')
    """
    return _SIGNED.sub(r"\1=…", _USER_OF_URL.sub("…@", text)) if "://" in text else text
