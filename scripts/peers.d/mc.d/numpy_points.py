# SPDX-License-Identifier: GPL-3.0-or-later
"""numpy_points.py TYPE POINTS SEED: points by numpy, in pieces that stay in the cache."""
import sys
import time

import numpy

PIECE = 1 << 14

name, points, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
draw = numpy.random.default_rng(seed).random
x, y = numpy.empty(PIECE, name), numpy.empty(PIECE, name)
hits = 0
begin = time.perf_counter()
for first in range(0, points, PIECE):
    if points - first < PIECE:
        x, y = x[:points - first], y[:points - first]
    draw(out=x, dtype=name)
    draw(out=y, dtype=name)
    x *= x
    y *= y
    x += y
    hits += numpy.count_nonzero(x < 1)
print(points, hits, time.perf_counter() - begin)
