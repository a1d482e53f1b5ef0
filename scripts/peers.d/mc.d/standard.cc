// SPDX-License-Identifier: GPL-3.0-or-later
// standard.cc: points by the Mersenne Twister of the C++ standard library.

#include <random>

#include "timed.h"

// Both coordinates from one output, in whole numbers: the bits and the test of mc/plain.
static uint64_t halves(uint64_t points, uint64_t seed)
{
  std::mt19937_64 generator(seed);
  alignas(64) uint64_t outputs[PIECE];
  uint64_t hits = 0;
  for (uint64_t first = 0; first < points; first += PIECE) {
    for (uint64_t &output : outputs)
      output = generator();
    hits += hits_in(outputs, points - first);
  }
  return hits;
}

// As the library is meant to be used.
static uint64_t doubles(uint64_t points, uint64_t seed)
{
  std::mt19937_64 generator(seed);
  std::uniform_real_distribution<double> uniform(0, 1);
  uint64_t hits = 0;
  for (uint64_t i = 0; i < points; i++) {
    double x = uniform(generator), y = uniform(generator);
    hits += x * x + y * y < 1;
  }
  return hits;
}

int main(int argc, char **argv)
{
  static const method methods[] = {{"halves", halves}, {"double", doubles}, {nullptr, nullptr}};
  return timed_main(methods, argc, argv);
}
