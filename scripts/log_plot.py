# SPDX-License-Identifier: GPL-3.0-or-later
"""What the plots in docs/ share: an SVG of logarithmic axes, in colours for light and dark pages."""
import math

WIDTH, HEIGHT = 720, 460
LEFT, RIGHT, ABOVE, BELOW = 90, 20, 50, 70
STYLE = """
    .ground { fill: #ffffff } .ink { fill: #24292f } .grid { stroke: #d0d7de }
    .blue { stroke: #0969da } .blue-ink { fill: #0969da }
    .ochre { stroke: #9a6700 } .ochre-ink { fill: #9a6700 }
    text { font-family: Helvetica, Arial, sans-serif; font-size: 14px }
    .title { font-size: 16px; font-weight: bold }
    @media (prefers-color-scheme: dark) {
      .ground { fill: #0d1117 } .ink { fill: #e6edf3 } .grid { stroke: #30363d }
      .blue { stroke: #58a6ff } .blue-ink { fill: #58a6ff }
      .ochre { stroke: #d29922 } .ochre-ink { fill: #d29922 }
    }
"""


def decade_text(exponent):
    raised = str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"10{raised}"


def decades(values):
    """The exponents of the decades that hold all these values."""
    return math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))


class Axes:
    """Whole decades of values to places, on both axes."""

    def __init__(self, across, upward):
        self.across, self.upward = decades(across), decades(upward)

    def x(self, value):
        low, high = self.across
        return LEFT + (math.log10(value) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(self, value):
        low, high = self.upward
        return HEIGHT - BELOW - (math.log10(value) - low) / (high - low) * (HEIGHT - ABOVE - BELOW)


def line(kind, x1, y1, x2, y2, width, more=""):
    return (f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
            f' stroke-width="{width}"{more}/>')


def dot(kind, x, y):
    return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'


def text(words, x, y, kind="ink", anchor="middle", more=""):
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{words}</text>'


def frame(axes, title, across, upward):
    """Grid, numbers of the decades, title and the names of both axes."""
    for exponent in range(axes.across[0], axes.across[1] + 1):
        x = axes.x(10 ** exponent)
        yield line("grid", x, ABOVE, x, HEIGHT - BELOW, 1)
        yield text(decade_text(exponent), x, HEIGHT - BELOW + 22)
    for exponent in range(axes.upward[0], axes.upward[1] + 1):
        y = axes.y(10 ** exponent)
        yield line("grid", LEFT, y, WIDTH - RIGHT, y, 1)
        yield text(decade_text(exponent), LEFT - 10, y + 5, anchor="end")
    middle = (ABOVE + HEIGHT - BELOW) / 2
    yield text(title, WIDTH / 2, 30, "ink title")
    yield text(across, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 20)
    yield text(upward, 26, middle, more=f' transform="rotate(-90 26 {middle:.0f})"')


def write(path, label, elements):
    body = "\n  ".join(elements)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
                   f' aria-label="{label}">\n'
                   f'  <style>{STYLE}  </style>\n'
                   f'  <rect class="ground" width="{WIDTH}" height="{HEIGHT}"/>\n  {body}\n</svg>\n')
