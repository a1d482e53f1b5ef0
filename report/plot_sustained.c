/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plot_sustained.c: does the rate hold? */

#include "plot_sustained.h"

#include <math.h>
#include <stdlib.h>

#include "chart.h"
#include "sustain.h"

/* An array of numbers of 0 and more, `count` of them; NULL where it is not, or no memory. */
static double *numbers_of(const json_t *array, size_t count)
{
  double *numbers =
      json_array_size(array) == count && count ? calloc(count, sizeof *numbers) : NULL;
  for (size_t i = 0; numbers && i < count; i++) {
    const json_t *value = json_array_get(array, i);
    numbers[i] = json_is_number(value) ? json_number_value(value) : -1;
    if (!(numbers[i] >= 0 && isfinite(numbers[i]))) {
      free(numbers);
      return NULL;
    }
  }
  return numbers;
}

bool sustained_rates(const struct result_benchmark *benchmark, double ret_rates[SUSTAINED_PARTS],
                     double *ret_lasted_s)
{
  const json_t *s = json_object_get(benchmark->json, "sustained");
  size_t count = json_array_size(json_object_get(s, "started_s"));
  double *started = numbers_of(json_object_get(s, "started_s"), count);
  double *rates = numbers_of(json_object_get(s, "rate_per_s"), count);
  double lasted_s = figure_number(s, "lasted_s");
  bool known = benchmark->sustained && started && rates && lasted_s > 0;
  if (known) {
    sustain_buckets(started, rates, count, lasted_s, SUSTAINED_PARTS, ret_rates);
    *ret_lasted_s = lasted_s;
  }
  free(started);
  free(rates);
  return known;
}

bool sustained_any(const struct figures *figures)
{
  double rates[SUSTAINED_PARTS], lasted_s;
  return sustained_rates(figures->benchmark, rates, &lasted_s) && rates[0] > 0;
}

void sustained_draw(const struct figures *figures, bool alone, FILE *to)
{
  double rates[SUSTAINED_PARTS], x[SUSTAINED_PARTS], lasted_s, highest = 100;
  if (!sustained_rates(figures->benchmark, rates, &lasted_s))
    return;
  double first = rates[0];
  for (size_t i = 0; i < SUSTAINED_PARTS; i++) {
    x[i] = lasted_s * ((double)i + 0.5) / SUSTAINED_PARTS;
    rates[i] = 100 * rates[i] / first;
    highest = fmax(highest, rates[i]);
  }
  struct chart chart = {.to = to, .x_high = lasted_s, .y_high = highest * 1.08};
  chart_begin(&chart, alone, "Sustained rate",
              "The rate of all workers against time, in percent of the rate at the beginning");
  chart_y_axis(&chart, "% of the first rate");
  chart_x_axis(&chart, "seconds");
  chart_line(&chart, "measured", x, rates, SUSTAINED_PARTS);
  chart_end(&chart);
}
