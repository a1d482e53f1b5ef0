/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_report.c: what the report's page is made of: escaping, scales, shares. */

#include "chart.h"
#include "html.h"
#include "plots.h"
#include "suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a writer wrote; to be freed. */
static char *written(void (*write)(FILE *to, const char *text), const char *text)
{
  char *out = NULL;
  size_t length;
  FILE *to = open_memstream(&out, &length);
  ck_assert_ptr_nonnull(to);
  write(to, text);
  fclose(to);
  return out;
}

static void check_written(void (*write)(FILE *to, const char *text), const char *text,
                          const char *expected)
{
  char *out = written(write, text);
  ck_assert_str_eq(out, expected);
  free(out);
}

START_TEST(text_cannot_open_a_tag_or_end_an_attribute)
{
  check_written(markup_text, "a<b>&\"c'", "a&lt;b&gt;&amp;&quot;c&#39;");
  check_written(markup_text, "grün", "grün");
  check_written(markup_text, "", "");
  check_written(markup_text, NULL, "");
}
END_TEST

START_TEST(a_string_cannot_end_the_script)
{
  check_written(html_json_string, "</script>", "\"\\u003c/script\\u003e\"");
  check_written(html_json_string, "\\\"\n&'", "\"\\u005c\\u0022\\u000a\\u0026\\u0027\"");
  check_written(html_json_string, NULL, "\"\"");
}
END_TEST

static void element(FILE *to, const char *text)
{
  html_element(to, "td class=\"left\"", "%s", text);
}

START_TEST(an_element_ends_with_its_name)
{
  check_written(element, "<i>", "<td class=\"left\">&lt;i&gt;</td>\n");
}
END_TEST

static void base64(FILE *to, const char *text)
{
  html_base64(to, (const unsigned char *)text, strlen(text));
}

START_TEST(base64_of_rfc_4648)
{
  check_written(base64, "", "");
  check_written(base64, "f", "Zg==");
  check_written(base64, "fo", "Zm8=");
  check_written(base64, "foo", "Zm9v");
  check_written(base64, "foobar", "Zm9vYmFy");
  check_written(base64, "\xff\xfe\xfb", "//77");
}
END_TEST

START_TEST(axes_reach_from_edge_to_edge)
{
  struct chart line = {.x_low = 0, .x_high = 8, .y_low = 0, .y_high = 4, .height = CHART_HEIGHT};
  struct chart log = {.x_low = 1, .x_high = 64, .x_log = true, .height = CHART_HEIGHT};
  ck_assert_double_eq_tol(chart_x(&line, 0), CHART_LEFT, 1e-9);
  ck_assert_double_eq_tol(chart_x(&line, 8), CHART_WIDTH - CHART_RIGHT, 1e-9);
  ck_assert_double_eq_tol(chart_y(&line, 0), CHART_HEIGHT - CHART_BOTTOM, 1e-9);
  ck_assert_double_eq_tol(chart_y(&line, 4), CHART_TOP, 1e-9);
  ck_assert_double_eq_tol(chart_x(&log, 8), (chart_x(&log, 1) + chart_x(&log, 64)) / 2, 1e-9);
}
END_TEST

START_TEST(logarithmic_axes_share_out_ratios)
{
  struct chart chart = {.y_low = 1e-3, .y_high = 10, .y_log = true, .height = CHART_HEIGHT};
  double middle = (chart_y(&chart, 1e-3) + chart_y(&chart, 10)) / 2;
  ck_assert_double_eq_tol(chart_y(&chart, 1e-3), CHART_HEIGHT - CHART_BOTTOM, 1e-9);
  ck_assert_double_eq_tol(chart_y(&chart, 10), CHART_TOP, 1e-9);
  ck_assert_double_eq_tol(chart_y(&chart, 0.1), middle, 1e-9);
}
END_TEST

static const char *tick(double value, char text[32])
{
  snprintf(text, 32, "%.4g", value);
  return text;
}

/* The x axis of a drawing that spans these values, its ticks' texts in a line. */
static void check_ticks(double low, double high, const char *expected)
{
  char *drawn, texts[512] = "", value[32];
  size_t length;
  struct chart chart = {.to = open_memstream(&drawn, &length),
                        .x_low = low,
                        .x_high = high,
                        .y_low = 3,
                        .y_high = 4,
                        .x_log = true,
                        .y_log = true,
                        .height = CHART_HEIGHT};
  ck_assert_ptr_nonnull(chart.to);
  chart_log_axes(&chart, "end", tick, tick);
  fclose(chart.to);
  for (const char *at = drawn; (at = strstr(at, "\"middle\"")); at++)
    if (sscanf(at, "\"middle\" x=\"%*[^>]>%31[^<]", value) == 1)
      snprintf(texts + strlen(texts), sizeof texts - strlen(texts), "%s ", value);
  ck_assert_str_eq(texts, expected);
  free(drawn);
}

START_TEST(logarithmic_axes_have_a_few_round_ticks_whatever_they_span)
{
  check_ticks(0.9, 11, "1 2 5 10 end ");
  check_ticks(1e3, 1e6, "1000 1e+04 1e+05 1e+06 end ");
  check_ticks(1, 1e14, "1 100 1e+04 1e+06 1e+08 1e+10 1e+12 1e+14 end ");
  check_ticks(3, 4, "3 3.5 4 end ");
  check_ticks(1e-300, 1e9, "1e-270 1e-225 1e-180 1e-135 1e-90 1e-45 1 end ");
}
END_TEST

START_TEST(round_numbers_are_not_below)
{
  static const double cases[][2] = {{1, 1},     {1.1, 2},     {2.1, 5}, {5.1, 10}, {99, 100},
                                    {100, 100}, {0.03, 0.05}, {0, 1},   {-1, 1}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    ck_assert_double_eq_tol(chart_round_up(cases[i][0]), cases[i][1], 1e-12);
  ck_assert_double_eq(chart_round_up(NAN), 1);
}
END_TEST

START_TEST(losses_share_out_what_is_missing)
{
  struct result_row row = {.efficiency = 0.72};
  struct figure_point point = {.row = &row};
  double kept, losses[FACTORS], sum = 0;
  for (int i = 0; i < FACTORS; i++)
    point.factor[i] = 1;
  point.factor[FACTOR_CLOCK] = 0.81; /* twice the logarithm of 0.9 */
  point.factor[FACTOR_WAITING] = 0.9;
  point.factor[FACTOR_CONTENTION] = 1.1; /* a gain takes nothing */
  ck_assert(plot_shares(&point, &kept, losses));
  for (int i = 0; i < FACTORS; i++)
    sum += losses[i];
  ck_assert_double_eq_tol(kept + sum, 1, 1e-12);
  ck_assert_double_eq_tol(losses[FACTOR_CLOCK], 2 * losses[FACTOR_WAITING], 1e-12);
  ck_assert_double_eq(losses[FACTOR_CONTENTION], 0);
  point.factor[FACTOR_CLOCK] = NAN;
  ck_assert(!plot_shares(&point, &kept, losses));
}
END_TEST

START_TEST(the_law_is_amdahls_or_gustafsons_and_ends_with_its_regime)
{
  struct result_file strong = {0}, weak = {.weak = true};
  struct figures figures = {.file = &strong, .serial_fraction = 0.2};
  ck_assert_double_eq_tol(figures_law(&figures, 4), 2.5, 1e-12);
  ck_assert_str_eq(figures_law_name(&figures), "Amdahl");
  figures.regimes[figures.regime_count++].after = 4;
  ck_assert(isnan(figures_law(&figures, 5)));
  figures.file = &weak;
  ck_assert_double_eq_tol(figures_law(&figures, 4), 3.4, 1e-12);
  ck_assert_str_eq(figures_law_name(&figures), "Gustafson");
}
END_TEST

START_TEST(processes_are_drawn_else_what_there_is)
{
  struct result_row rows[] = {{.serial = true, .backend = "process", .speedup = NAN},
                              {.backend = "thread", .speedup = 2},
                              {.backend = "process", .speedup = NAN}};
  struct result_benchmark benchmark = {.rows = rows, .row_count = 3};
  ck_assert_str_eq(figures_backend(&benchmark), "thread");
  ck_assert(figures_draw_row(&rows[1], "thread") && !figures_draw_row(&rows[0], "process"));
  rows[2].speedup = 1.5;
  ck_assert_str_eq(figures_backend(&benchmark), "process");
}
END_TEST

int main(void)
{
  Suite *suite = suite_create("report");
  TCase *tests = tcase_create("report");
  tcase_add_test(tests, text_cannot_open_a_tag_or_end_an_attribute);
  tcase_add_test(tests, a_string_cannot_end_the_script);
  tcase_add_test(tests, an_element_ends_with_its_name);
  tcase_add_test(tests, base64_of_rfc_4648);
  tcase_add_test(tests, axes_reach_from_edge_to_edge);
  tcase_add_test(tests, logarithmic_axes_share_out_ratios);
  tcase_add_test(tests, logarithmic_axes_have_a_few_round_ticks_whatever_they_span);
  tcase_add_test(tests, round_numbers_are_not_below);
  tcase_add_test(tests, losses_share_out_what_is_missing);
  tcase_add_test(tests, the_law_is_amdahls_or_gustafsons_and_ends_with_its_regime);
  tcase_add_test(tests, processes_are_drawn_else_what_there_is);
  suite_add_tcase(suite, tests);
  return suite_run(suite);
}
