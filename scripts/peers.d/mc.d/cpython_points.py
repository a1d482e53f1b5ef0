# SPDX-License-Identifier: GPL-3.0-or-later
"""cpython_points.py POINTS SEED: points by a loop in Python."""
import random
import sys
import time


def count(points, draw):
    hits = 0
    for _ in range(points):
        x, y = draw(), draw()
        if x * x + y * y < 1:
            hits += 1
    return hits


points, seed = int(sys.argv[1]), int(sys.argv[2])
begin = time.perf_counter()
hits = count(points, random.Random(seed).random)
print(points, hits, time.perf_counter() - begin)
