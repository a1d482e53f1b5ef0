/* SPDX-License-Identifier: GPL-3.0-or-later */
/* assets.h: style sheets and scripts that a page carries inside; generated from the files here. */
#pragma once

extern const char asset_uplot_css[], asset_uplot_js[], asset_style_css[], asset_plots_js[];
