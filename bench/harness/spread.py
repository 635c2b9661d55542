"""How far the rounds of a measurement lie apart."""

import statistics


def spread(values):
    """(least, first quartile, median, third quartile, most)."""
    quartiles = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else [values[0]] * 3
    return min(values), *quartiles, max(values)
