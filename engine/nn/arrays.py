"""The array types that the network's signatures use."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.floating[Any]]
"""Floating-point numbers: float32 when training, float64 when a gradient is checked."""

Bytes: TypeAlias = NDArray[np.uint8]
"""Pixels 0-255 and labels."""

Indices: TypeAlias = NDArray[np.intp]
"""Row numbers, and positions in a flattened array."""

Blocks: TypeAlias = tuple[tuple[slice, int], ...]
"""Where an array (n, k) may be other than 0: columns, and how many rows from the first.

The first block has all rows; no column is in two.
"""
