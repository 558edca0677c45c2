"""A noisy curve made smooth: each point is an average in which older ones count less and less."""

import numpy as np

from numrec_tui.charts.axes import Vector


def smooth(y: Vector, share: float) -> Vector:
    """The exponential moving average, freed of its bias towards the zero that it begins at.

    y (n,), share of what was before in each new average (0 leaves y as it is) -> (n,)

        s[n] = share s[n-1] + (1 - share) y[n],    smooth[n] = s[n] / (1 - share^n)

    Source: Kingma and Ba, Adam (2015), section 3, for the division.
    """
    if not share:
        return y
    averages, average, weight = [], 0.0, 0.0
    for value in y.tolist():
        average = share * average + (1 - share) * value
        weight = share * weight + (1 - share)
        averages.append(average / weight)
    return np.array(averages, dtype=np.float64)
