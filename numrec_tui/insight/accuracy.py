"""Accuracies in words: of few images, with their interval and count."""

from engine.training.metrics import ENOUGH, interval


def spread(accuracy: float, images: int) -> str:
    """The 95 % interval in percent and the count, such as "93.0-99.4 % of 100"; empty from 1,000.

    images: 0 where it is not known; then it is empty, too.
    """
    if not 0 < images < ENOUGH:
        return ""
    low, high = interval(accuracy, images)
    return f"{100 * low:.1f}-{100 * high:.1f} % of {images}"


def with_interval(accuracy: float, images: int) -> str:
    """Such as "98.00% (93.0-99.4 % of 100)"; from 1,000 images on just "98.00%"."""
    more = spread(accuracy, images)
    return f"{accuracy:.2%}" + (f" ({more})" if more else "")
