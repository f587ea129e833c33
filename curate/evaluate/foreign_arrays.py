"""Take arrays of other libraries: whatever offers ``__array__`` or DLPack, tensors on an accelerator among them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.errors import InputError

_REFUSED = (TypeError, ValueError, RuntimeError, BufferError)
_HINT = "pass a NumPy array, or what NumPy's asarray takes"


def _from_dlpack(value: Any) -> NDArray[Any]:
    try:
        return np.from_dlpack(value, device="cpu", copy=True)
    except TypeError:  # before NumPy 2.1, which reads the processor's memory alone
        return np.from_dlpack(value)


def as_array(value: Any, what: str) -> NDArray[Any]:
    """Return a value as a NumPy array; scores keep their exact values.

    Parameters
    ----------
    value : array_like
        An array, nested sequences, or an object with ``__array__`` or ``__dlpack__``. Tensors of PyTorch are detached
        and moved to the processor's memory; ``bfloat16``, which NumPy does not have, becomes ``float32``.
    what : str
        For messages: ``a map``.

    Raises
    ------
    InputError
        If it cannot be made an array of one shape and a type that NumPy knows.

    Examples
    --------
    >>> as_array([[1, 2]], "a map").shape
    (1, 2)
    """
    if hasattr(value, "detach") and hasattr(value, "cpu"):
        value = value.detach().cpu()
        value = value.float() if "bfloat16" in str(value.dtype) else value
    try:
        array: NDArray[Any] = np.asarray(value)
    except _REFUSED as error:
        try:  # of an accelerator, perhaps, which NumPy itself cannot read
            array = _from_dlpack(value)
        except (*_REFUSED, AttributeError):
            message = f"{what} of type {type(value).__name__} came that cannot be made an array ({error})"
            raise InputError(message, hint=_HINT) from error
    if array.dtype == object:
        message = f"{what} of type {type(value).__name__} came, expected numbers of one shape"
        raise InputError(message, hint=_HINT)
    return array
