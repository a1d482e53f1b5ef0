# SPDX-License-Identifier: GPL-3.0-or-later
"""On a terminal: bold names and a line of progress where it understands them, plain text elsewhere."""
import re
from concurrent.futures import ThreadPoolExecutor

from cli import Terminal, main, test

SHORT = ("run", "mc:points=1e5", "-w", "1", "--rounds", "6", "-q", "-o", "/dev/null")
BOLD = "\x1b[1mmc:points=1e5\x1b[0m"


def shown(place, *arguments, columns=0, **environment):
    terminal = Terminal(place, *arguments, environment=environment, columns=columns)
    text = terminal.read_until(None)
    assert terminal.end() == 0, text
    return text


@test("the benchmark's name is bold, but not with --no-color or NO_COLOR, which has to say something")
def _(place):
    assert BOLD in shown(place, *SHORT, TERM="xterm")
    assert BOLD in shown(place, *SHORT, TERM="xterm", NO_COLOR="")
    assert "\x1b" not in shown(place, *SHORT, TERM="xterm", NO_COLOR="1")
    assert "\x1b" not in shown(place, *SHORT, "--no-color", TERM="xterm")


@test("a terminal that is dumb, or says nothing of itself, gets no escape sequence, nor progress")
def _(place):
    long = ("run", "mc:points=1e6", "-w", "1", "--sustain", "3", "-o", "/dev/null")
    with ThreadPoolExecutor(3) as threads:
        clever, dumb, unnamed = threads.map(lambda kind: shown(place, *long, TERM=kind), ("xterm", "dumb", ""))
    assert "\x1b[K" in clever and " left" in clever, clever
    for text in (dumb, unnamed):
        assert "\x1b" not in text and " left" not in text, text


@test("the line of progress is cut to the width of the terminal, and still says how much is left")
def _(place):
    long = ("run", "approximations:digits=1000+1001+1002+1003", "-w", "1", "--sustain", "3", "-o", "/dev/null")
    with ThreadPoolExecutor(2) as threads:
        narrow, unknown = threads.map(lambda columns: shown(place, *long, TERM="xterm", columns=columns), (40, 0))
    for text, most in ((narrow, 39), (unknown, 79)):
        lines = re.findall("\r\x1b\\[K([^\r\n]+ left)", text)
        assert lines and max(map(len, lines)) <= most, lines
    assert "1003" not in narrow.split("capacity")[0].rsplit("\r", 1)[0], narrow


main()
