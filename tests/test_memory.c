/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_memory.c: what a team is said to need grows with its workers as what they hold does. */

#include "fake.h"
#include "memory.h"
#include "suite.h"

enum { UNITS = 1000 };

static const uint64_t gigabyte = UINT64_C(1) << 30, kept = UINT64_C(64) << 20;

static uint64_t own;

static uint64_t own_bytes(const void *plan)
{
  (void)plan;
  return own;
}

static uint64_t needed_by(const struct kernel *kernel, uint64_t own_of_one, unsigned workers)
{
  struct kernel altered = *kernel;
  struct job job = fake_job(&altered, UNITS);
  struct workload w;
  own = own_of_one;
  altered.memory_bytes = own_bytes;
  ck_assert_int_eq(workload_prepare(&job, &w), 0);
  uint64_t needed = memory_needed(&w, workers);
  workload_release(&w);
  return needed;
}

/* What `own` adds to the need of a team. */
static uint64_t added(const struct kernel *kernel, uint64_t own_of_one, unsigned workers)
{
  return needed_by(kernel, own_of_one, workers) - needed_by(kernel, 0, workers);
}

START_TEST(workers_that_add_up_need_as_much_each)
{
  for (unsigned workers = 1; workers <= 64; workers *= 2)
    ck_assert_uint_eq(added(&fake_kernel, gigabyte, workers), workers * gigabyte);
}
END_TEST

/* Their shares make up one whole; each may keep 64 MB of what it has freed, but no more than there
 * was. */
START_TEST(workers_that_merge_in_order_need_as_much_as_one_and_what_the_others_keep)
{
  ck_assert_uint_eq(added(&fake_list_kernel, gigabyte, 1), gigabyte);
  ck_assert_uint_eq(added(&fake_list_kernel, gigabyte, 2), gigabyte + kept);
  ck_assert_uint_eq(added(&fake_list_kernel, gigabyte, 5), gigabyte + 4 * kept);
  ck_assert_uint_eq(added(&fake_list_kernel, gigabyte, 64), 2 * gigabyte);
  ck_assert_uint_eq(added(&fake_list_kernel, 1000, 64), 2 * 1000);
}
END_TEST

START_TEST(every_worker_needs_partials)
{
  uint64_t one = needed_by(&fake_kernel, 0, 1), two = needed_by(&fake_kernel, 0, 2);
  struct job job = fake_job(&fake_kernel, UNITS);
  struct workload w;
  ck_assert_int_eq(workload_prepare(&job, &w), 0);
  ck_assert_uint_eq(two - one, 2 * partial_bytes(fake_kernel.payload_bytes(w.plan)));
  workload_release(&w);
}
END_TEST

int main(void)
{
  TCase *tcase = tcase_create("memory");
  tcase_add_test(tcase, workers_that_add_up_need_as_much_each);
  tcase_add_test(tcase, workers_that_merge_in_order_need_as_much_as_one_and_what_the_others_keep);
  tcase_add_test(tcase, every_worker_needs_partials);
  Suite *suite = suite_create("memory");
  suite_add_tcase(suite, tcase);
  return suite_run(suite);
}
