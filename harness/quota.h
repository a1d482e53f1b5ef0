/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quota.h: how much CPU time the cgroups that we run in allow. */
#pragma once

/*
 * The tightest CPU quota on this process in CPUs (0.5: half the time of one CPU), from cgroup v2
 * `cpu.max` and v1 `cpu.cfs_quota_us`, through all parents that are visible; +INFINITY when there
 * is none.  `root` is "" for this machine, or a directory that holds a copy of /proc/self/cgroup,
 * /proc/self/mountinfo and the cgroup trees, for tests.  What cannot be read counts as unlimited.
 */
double quota_cpus(const char *root);

/*
 * For how long the quotas of our cgroups have held back the CPUs, in seconds, summed over CPUs and
 * over the cgroup and its parents since they exist: `cpu.stat`.  Only differences tell something.
 */
double quota_throttled_s(const char *root);
