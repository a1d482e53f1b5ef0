/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mc_positions.h: for compressing bytes where no instruction does, and macros that write tables. */
#pragma once

#include <stdint.h>

#define FOUR(f, m)    f(m), f((m) + 1), f((m) + 2), f((m) + 3)
#define SIXTEEN(f, m) FOUR(f, m), FOUR(f, (m) + 4), FOUR(f, (m) + 8), FOUR(f, (m) + 12)
#define SIXTY_FOUR(f, m)                                                                           \
  SIXTEEN(f, m), SIXTEEN(f, (m) + 16), SIXTEEN(f, (m) + 32), SIXTEEN(f, (m) + 48)
#define EACH_BYTE(f) SIXTY_FOUR(f, 0), SIXTY_FOUR(f, 64), SIXTY_FOUR(f, 128), SIXTY_FOUR(f, 192)

/* Of a byte m: the positions of its bits, lowest first, one a byte.  `8 * BIT` shifts only where
 * there is something to put in. */
#define BIT(m, b)         (((uint64_t)(m) >> (b)) & 1)
#define PUT(m, b, rest)   ((rest) << 8 * BIT(m, b) | BIT(m, b) * (b))
#define POSITIONS_HIGH(m) PUT(m, 4, PUT(m, 5, PUT(m, 6, PUT(m, 7, UINT64_C(0)))))
#define POSITIONS(m)      PUT(m, 0, PUT(m, 1, PUT(m, 2, PUT(m, 3, POSITIONS_HIGH(m)))))

static const uint64_t bit_positions[256] = {EACH_BYTE(POSITIONS)};
