/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_state.c: state and part files: one that is accepted is written again to the same byte. Files
 * of the corpus have no checksum: it is added here, since no fuzzer guesses one. */

#include <errno.h>
#include <inttypes.h>

#include "fuzz.h"
#include "state.h"

/* As state.h tells it: FNV-1a. */
static uint64_t checksum(const char *text, size_t length)
{
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < length; i++)
    hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
  return hash;
}

static void read_state(const char *text, size_t length)
{
  char message[STATE_MESSAGE] = "";
  struct state state;
  struct workload workload;
  int r = state_parse(text, length, NULL, &state, &workload, message);
  HOLDS(r == 0 || fuzz_is_line(message, sizeof message));
  HOLDS(r == 0 || r == -EINVAL || r == -EBADMSG || r == -ESTALE || r == -ENOMEM || r == -ERANGE);
  if (r < 0)
    return;
  struct range chunks = state_chunks(&state, &workload);
  HOLDS(chunks.begin <= chunks.end && chunks.end <= workload.chunks);
  HOLDS(partial_covered(state.partial, (struct range){0, CHUNKS_MOST})
        == partial_covered(state.partial, chunks));
  double done = state_done(&workload, state.partial, chunks);
  HOLDS(done >= 0 && done <= 1);
  char *again = state_text(&state, &workload);
  HOLDS(again && strcmp(again, text) == 0);
  free(again);
  state_release(&state);
  workload_release(&workload);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  if (size > STATE_TEXT_MOST) /* is not read from files either */
    return 0;
  char *text = fuzz_text(data, size), *whole;
  read_state(text, size);
  int length = asprintf(&whole, "%schecksum %016" PRIx64 "\n", text, checksum(text, strlen(text)));
  HOLDS(length > 0);
  read_state(whole, (size_t)length);
  free(whole);
  free(text);
  return 0;
}
