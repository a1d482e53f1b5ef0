/* SPDX-License-Identifier: GPL-3.0-or-later */
/* answer.c: named values in flat memory. */

#include <assert.h>
#include <math.h>
#include <string.h>

#include "kernel.h"

void answer_init(struct answer *answer, size_t bytes)
{
  assert(bytes >= sizeof *answer);
  memset(answer, 0, bytes);
  answer->bytes = bytes;
}

static struct answer_item *item_add(struct answer *answer, const char *name, enum answer_kind kind)
{
  assert(answer->count < ANSWERS_MOST && strlen(name) < sizeof answer->items[0].name);
  struct answer_item *item = &answer->items[answer->count++];
  memcpy(item->name, name, strlen(name) + 1);
  item->kind = kind;
  item->number = item->error_bound = item->standard_error = item->z = NAN;
  return item;
}

void answer_step(const struct answer *answer, const char *step)
{
  if (answer->on_step)
    answer->on_step(step, answer->on_step_context);
}

struct answer_item *answer_number_add(struct answer *answer, const char *name, double number)
{
  struct answer_item *item = item_add(answer, name, ANSWER_NUMBER);
  item->number = number;
  return item;
}

struct answer_item *answer_count_add(struct answer *answer, const char *name, uint64_t count)
{
  struct answer_item *item = item_add(answer, name, ANSWER_COUNT);
  item->count = count;
  return item;
}

static struct answer_item *digits_item_add(struct answer *answer, const char *name, size_t length)
{
  assert(sizeof *answer + answer->text_used + length <= answer->bytes);
  struct answer_item *item = item_add(answer, name, ANSWER_DIGITS);
  item->text_offset = answer->text_used;
  item->text_bytes = length;
  answer->text_used += length;
  return item;
}

struct answer_item *answer_digits_add(struct answer *answer, const char *name, const char *digits,
                                      size_t length)
{
  struct answer_item *item = digits_item_add(answer, name, length);
  memcpy(answer->text + item->text_offset, digits, length);
  return item;
}

char *answer_digits_room(struct answer *answer, const char *name, size_t length)
{
  return answer->text + digits_item_add(answer, name, length)->text_offset;
}

const struct answer_item *answer_find(const struct answer *answer, const char *name)
{
  for (unsigned i = 0; i < answer->count; i++)
    if (strcmp(answer->items[i].name, name) == 0)
      return &answer->items[i];
  return NULL;
}

bool answer_equal(const struct answer *left, const struct answer *right)
{
  if (left->count != right->count)
    return false;
  for (unsigned i = 0; i < left->count; i++) {
    const struct answer_item *l = &left->items[i], *r = &right->items[i];
    if (strcmp(l->name, r->name) != 0 || l->kind != r->kind)
      return false;
    if (l->kind == ANSWER_NUMBER && l->number != r->number)
      return false;
    if (l->kind == ANSWER_COUNT && l->count != r->count)
      return false;
    if (l->kind == ANSWER_DIGITS
        && (l->text_bytes != r->text_bytes
            || memcmp(left->text + l->text_offset, right->text + r->text_offset, l->text_bytes)
                   != 0))
      return false;
  }
  return true;
}
