/* SPDX-License-Identifier: GPL-3.0-or-later */
/* virtualisation.h: which hypervisor this machine runs under. */
#pragma once

/* "none", "kvm", ..., "other": a nameless one; NULL: unknown.  From the files below `root`, as
 * machine_read(), and the text of /proc/cpuinfo, which may be NULL.  0 or -ENOMEM. */
int virtualisation_read(const char *root, const char *cpuinfo, const char **ret_name);
