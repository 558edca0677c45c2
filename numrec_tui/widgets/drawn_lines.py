"""What a widget has drawn goes when the widget goes.

Textual 8.2 finds the colors around and inside a widget by a method whose results are kept by
`lru_cache`, the widget's own cache of lines among the arguments: of the last thousand widgets that
were ever drawn (keys at the foot, notices, dialogs) it keeps every line.
"""

from functools import _lru_cache_wrapper, lru_cache, partial

from textual._styles_cache import StylesCache


def forget_with_widgets() -> None:
    """From now on those colors are kept by what they depend on, which is two other colors.

    Where Textual does it in another way, or this was done before, nothing happens.
    """
    kept = StylesCache.__dict__.get("get_inner_outer")
    if isinstance(kept, _lru_cache_wrapper):
        by_colors = lru_cache(1024)(partial(kept.__wrapped__, StylesCache))
        type.__setattr__(StylesCache, "get_inner_outer", staticmethod(by_colors))
