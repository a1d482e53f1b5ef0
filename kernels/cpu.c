/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu.c: what the CPU and its operating system offer, asked at run time. */

#include "kernel.h"

const char *const cpu_feature_names[] = {"avx2", "avx512", "neon", NULL};

#if defined(__x86_64__)

uint32_t cpu_features(void)
{
  uint32_t features = 0;
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2")
      && __builtin_cpu_supports("fma"))
    features |= CPU_AVX2;
  if ((features & CPU_AVX2) && __builtin_cpu_supports("avx512f")
      && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
      && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi")
      && __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512ifma"))
    features |= CPU_AVX512;
  return features;
}

#elif defined(__aarch64__)

uint32_t cpu_features(void)
{
  return CPU_NEON; /* part of the architecture's base */
}

#else

uint32_t cpu_features(void)
{
  return 0;
}

#endif
