/* SPDX-License-Identifier: GPL-3.0-or-later */
/* software.c: with what this program was built, and which libraries it has loaded. */

#include <dlfcn.h>
#include <errno.h>
#include <gmp.h>
#include <gnu/libc-version.h>
#include <mpfr.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "machine.h"

#define STRING_OF(x) #x
#define STRING(x)    STRING_OF(x)

#if defined(__clang__)
static const char *const compiler =
    "clang " STRING(__clang_major__) "." STRING(__clang_minor__) "." STRING(__clang_patchlevel__);
#elif defined(__GNUC__)
static const char *const compiler = "gcc " __VERSION__;
#else
static const char *const compiler = NULL;
#endif

#ifdef PIBENCH_CFLAGS
static const char *const flags = PIBENCH_CFLAGS;
#else
static const char *const flags = NULL;
#endif

/* Asked by name, because the address of a function may be that of a stub in the program. */
static int read_gmp_path(char **ret_path)
{
  void *function = dlsym(RTLD_DEFAULT, STRING(mpz_init));
  Dl_info library;
  char *path = NULL;
  if (function && dladdr(function, &library) && library.dli_fname) {
    errno = 0;
    path = realpath(library.dli_fname, NULL);
    if (!path && errno == ENOMEM)
      return -ENOMEM;
  }
  *ret_path = path;
  return 0;
}

int software_read(struct software *ret_software)
{
  struct software software = {
      .compiler = compiler,
      .flags = flags,
      .gmp.version = gmp_version,
      .mpfr = mpfr_get_version(),
      .libc = gnu_get_libc_version(),
  };
  struct utsname system;
  if (uname(&system) == 0 && !(software.kernel = strdup(system.release)))
    return -ENOMEM;
  int status = read_gmp_path(&software.gmp.path);
  if (status < 0) {
    software_release(&software);
    return status;
  }
  *ret_software = software;
  return 0;
}

void software_release(struct software *software)
{
  if (!software)
    return;
  free(software->kernel);
  free(software->gmp.path);
  *software = (struct software){.kernel = NULL};
}
