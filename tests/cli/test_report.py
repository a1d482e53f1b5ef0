# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTML report: whole, harmless, and in a browser: drawn, silent, readable, accessible."""
import base64
import html
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import xml.etree.ElementTree as ElementTree

import cli
from cli import Skip, main, same, test

KEPT = cli.TWO_BENCHMARKS
AXE = "4.14.1"  # of npm; fetched where npm is there
EVIL = "\"'><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"

try:
    from selenium import webdriver
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
except ImportError:
    webdriver = None


def kept():
    with open(KEPT, encoding="utf-8") as file:
        return json.load(file)


def write(place, name, result):
    with open(place.path(name), "w", encoding="utf-8") as file:
        json.dump(result, file)
    return name


def page(place, *files):
    place.run("report", *files, "-o", "page.html").fine()
    with open(place.path("page.html"), encoding="utf-8") as file:
        return file.read()


# --- Without a browser ---

@test("the page is one file that loads nothing, and its policy allows nothing else")
def _(place):
    text = page(place, KEPT)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    assert policy.startswith("default-src 'none';") and "unsafe" not in policy, policy
    for address in re.findall(r'(?:src|href|action)="([^"]*)"', text):
        assert address.startswith(("data:image/svg+xml;base64,", "#")), address
    assert "@import" not in text and "url(" not in text
    nonce = re.search(r"'nonce-([0-9a-f]{32})'", policy)[1]
    tags = re.findall(r"<(?:script|style)[^>]*>", text)
    same([tag for tag in tags if nonce not in tag], [], "scripts and styles without the nonce")
    assert f"nonce-{nonce}" not in page(place, KEPT), "a nonce was used twice"


@test("the verdict, every benchmark and every row are on the page")
def _(place):
    result, text = kept(), page(place, KEPT)
    for benchmark in result["benchmarks"]:
        assert f"<h2>{benchmark['name']}</h2>" in text
    same(text.count("<caption>Times and speedups</caption>"), 2 * len(result["benchmarks"]),
         "a table behind each plot of speedup and efficiency")
    same(text.count("<details><summary>The figures</summary>"), 4 * len(result["benchmarks"]),
         "tables")
    assert "Every answer was right" in text


@test("a wrong answer and a run that was cut short stand in the verdict")
def _(place):
    result = kept()
    result["benchmarks"][0]["right"] = False
    result["complete"], result["error"] = False, "mc: worker 2 was killed by SIGKILL"
    text = page(place, write(place, "r.json", result))
    assert "1 of 2 benchmarks gave wrong answers" in text
    assert "The run ended early: mc: worker 2 was killed by SIGKILL" in text
    assert "Do not use these times" in text


@test("what was not verified is not called right")
def _(place):
    result = kept()
    for benchmark in result["benchmarks"]:
        benchmark["right"] = None
    text = page(place, write(place, "r.json", result))
    assert "2 of 2 benchmarks were not verified" in text and "Every answer was right" not in text


@test("a result of threads alone is drawn like one of processes")
def _(place):
    result = kept()
    for benchmark in result["benchmarks"]:
        for row in benchmark["runs"]:
            row["backend"] = "thread"
    text = page(place, write(place, "r.json", result))
    same(text.count("<div class=\"plot\""), 2 * len(result["benchmarks"]), "interactive plots")
    assert "2 threads: " in text
    compared = page(place, "r.json", KEPT)
    data = json.loads(re.search(r'id="plots"[^>]*>(.*?)</script>', compared, re.S)[1])
    for line in data[0]["lines"]:
        assert line["y"][-1], f"no speedup in {line}"


@test("a long run says and draws what is sustained")
def _(place):
    place.run("run", "mc:points=1e6", "--sustain", "1s", "-w", "1", "-o", "long.json").fine()
    text = page(place, "long.json")
    assert " are sustained." in text and "<desc>The rate of all workers against time" in text
    assert "Rate in the course of the run" in text


@test("work that grows is called so, and its law is Gustafson's")
def _(place):
    place.run("run", "mc:points=1e6", "--scaling", "weak", "--rounds", "6", "-o", "weak.json").fine()
    text = page(place, "weak.json")
    assert "times as much work in a time" in text and "times the work of the serial run" in text
    assert "Amdahl&#39;s serial fraction" not in text


@test("rounds that were disturbed, but too many to set aside, stand in the verdict and beside the figures")
def _(place):
    result = kept()
    first = result["benchmarks"][0]
    for row in first["runs"]:
        row["flagged"] = [{"round": i, "reason": "other_programs", "set_aside": False}
                          for i in range(first["rounds"])]
        row["median_s"] = statistics.median(row["samples_s"])
    text = page(place, write(place, "r.json", result), KEPT)
    parts = [p for p in text.split("<section class=\"benchmark\">") if f">{first['name']}</h3>" in p]
    same(["Disturbed: others held our CPUs in" in part for part in parts], [True, False], "notes")
    why = "No serial fraction by Amdahl&#39;s law: others held our CPUs in too many rounds. "
    same([why in part for part in parts], [True, False], "why there is no serial fraction")
    assert "count all the same, being too many" in text
    same(text.count("disturbed</td>"), 1, "doubts in the comparison")


@test("Amdahl's fraction has its interval, and is not told of times that are too short")
def _(place):
    result = kept()
    assert "one worker alone did only 0.03 % of the work" in page(place, write(place, "r.json", result))
    result["benchmarks"][0]["fits"]["amdahl"] = {"serial_fraction": 0.02, "ci95": [0.01, 0.03], "limit": 50}
    result["benchmarks"][1]["fits"]["amdahl"] = {"serial_fraction": 0.02, "ci95": [0, 0.03], "limit": 33}
    text = page(place, write(place, "r.json", result))
    assert "Amdahl&#39;s serial fraction: 2.00 % (1.00 – 3.00 %)" in text
    assert "Amdahl&#39;s serial fraction: not to be told from 0, below 3.00 %" in text
    for benchmark in result["benchmarks"]:
        benchmark["too_short"] = True
    text = page(place, write(place, "r.json", result))
    assert "serial fraction: " not in text and "law: a row is too short to trust" in text


@test("where no law was fitted the page says why, in our words only")
def _(place):
    result = kept()
    fits = result["benchmarks"][0]["fits"] = {"amdahl": None, "alone": 0.004}
    for reason, loss, words in (
            ("too_few_rounds", None, "fewer than six rounds count."),
            ("no_second_core", None, "no row has two workers or more on equal cores of one package"),
            ("unequal_tasks", None, "tasks of very unequal length limit the speedup"),
            ("other_loss", "shared_core", "only 0.40 % of the work, what is lost beyond that is not serial, "
                                          "above all shared core."),
            ("faster_workers", None, "did 0.40 % of the work, but the rows lose less"), (EVIL, EVIL, None)):
        fits["unfitted"] = {"reason": reason, "largest_loss": loss}
        first = page(place, write(place, "r.json", result)).split('<section class="benchmark">')[1]
        told = re.search(r"No serial fraction by Amdahl&#39;s law: ([^<]*)", first)
        assert (told is None) if words is None else words in told[1], (reason, told and told[1])


# --- Sweeps ---

def swept(count):
    """The first benchmark at as many sizes, each ten times as large and as long as the one before."""
    result = kept()
    first = json.dumps(result["benchmarks"][0])
    result["benchmarks"] = [json.loads(first) for _ in range(count)]
    for i, benchmark in enumerate(result["benchmarks"]):
        benchmark["parameters"]["points"] = str(10 ** (6 + i))
        benchmark["name"] = f"mc:points=1e{6 + i}"
        for row in benchmark["runs"]:
            row["samples_s"] = [value * 10 ** i for value in row["samples_s"]]
            row["median_s"] *= 10 ** i
    return result


@test("a sweep begins with a plot and the exponent in the words of the table that run prints")
def _(place):
    run = place.run("run", "bbp-series:method=textbook", "--sweep", "digits=1000:5000:2", "-w", "1,2",
                    "--rounds", "6", "-o", "sweep.json").fine()
    sentence = re.search(r"(Serial time grows|Fewer than two sizes)[^:;]*[:;]", " ".join(run.out.split()))[0]
    text = html.unescape(page(place, "sweep.json"))
    assert sentence in text, sentence
    same(text.count("<title>Time against digits</title>"), 1, "plots of time against size")
    assert text.index("bbp-series: time against digits</h2>") < text.index("<title>Speedup</title>")


@test("each size follows its sweep, folded away where there are more than four")
def _(place):
    for count, folded in ((4, 0), (5, 5)):
        text = page(place, write(place, "r.json", swept(count)))
        assert "Serial time grows as points^1.000 (" in text
        assert f"over the {count} sizes from 1e6 to 1e{5 + count}," in text
        same((text.count('<details class="benchmark">'), text.count("<title>Speedup</title>")),
             (folded, count), "folded, sizes")


@test("sizes that are disturbed or too short are hollow in a sweep's plot, wrong ones left out")
def _(place):
    result = swept(4)
    rows = len(result["benchmarks"][0]["runs"])
    def drawn():
        text = page(place, write(place, "r.json", result))
        plot = re.search(r"<title>Time against points</title>.*?</svg>", text, re.S)[0]
        return plot.count("<circle"), plot.count(" hollow\""), text
    same(drawn()[:2], (4 * rows, 0), "dots, hollow ones")
    result["benchmarks"][0]["too_short"] = True
    last = result["benchmarks"][3]
    for row in last["runs"]:
        row["flagged"] = [{"round": i, "reason": "other_programs", "set_aside": False}
                          for i in range(last["rounds"])]
        row["median_s"] = statistics.median(row["samples_s"])
    result["benchmarks"][1]["right"] = False
    dots, hollow, text = drawn()
    same((dots, hollow), (3 * rows, 2 * rows), "dots, hollow ones")
    assert "1 of 4 sizes has a row below 10 ms: too short to trust" in text
    assert "at 1 of 4 sizes too often to set them aside" in text
    assert "Wrong answers at 1 of 4 sizes, which are left out" in text and "over the 3 sizes" in text


@test("only what did the same at a size that grows is a sweep")
def _(place):
    for change in ({"points": "1000000"}, {"points": "0"}, {"points": EVIL}, {"points": "1e7", "seed": "5"}):
        result = swept(2)
        result["benchmarks"][1]["parameters"].update(change)
        assert "time against" not in page(place, write(place, "r.json", result)), change
    result["benchmarks"][1]["parameters"] = {"points": "10000000"}
    result["benchmarks"][1]["kernel"] = "bbp-hex"
    assert "time against" not in page(place, write(place, "r.json", result))


@test("of many numbers of workers a sweep draws five, the least and the most among them, and says so")
def _(place):
    for most, drawn in ((5, [2, 3, 4, 5]), (11, [2, 4, 6, 8, 11])):
        result = swept(2)
        for benchmark in result["benchmarks"]:
            serial, *_, last = benchmark["runs"]
            benchmark["runs"] = [serial] + [{**last, "workers": workers} for workers in range(2, most + 1)]
        text = page(place, write(place, "r.json", result))
        plot = re.search(r"<title>Time against points</title>.*?</svg>", text, re.S)[0]
        same([int(n) for n in re.findall(r">(\d+) workers<", plot)], drawn, "numbers of workers")
        same("Not every number of workers is drawn" in text, most > 5, "said")


@test("--svg writes one drawing of a sweep, beside those of its sizes")
def _(place):
    names = place.run("report", write(place, "r.json", swept(3)), "--svg", "slides").fine().out.split()
    same([name for name in names if name.endswith("-sweep.svg")], ["slides/1-mc-points=1e6-sweep.svg"], "sweeps")
    same(len(names), 1 + 3 * 4, "drawings")
    root = ElementTree.parse(place.path("slides", "1-mc-points=1e6-sweep.svg")).getroot()
    same(root.find("{http://www.w3.org/2000/svg}title").text, "Time against points", "title")


@test("a long run that others disturbed says so")
def _(place):
    place.run("run", "mc:points=1e6", "--sustain", "1s", "-w", "1", "-o", "long.json").fine()
    with open(place.path("long.json"), encoding="utf-8") as file:
        result = json.load(file)
    for disturbed in (0, 3):
        result["benchmarks"][0]["sustained"]["disturbed"] = disturbed
        text = page(place, write(place, "r.json", result))
        same("In 3 of " in text and "a change of rate may be theirs" in text, disturbed > 0, disturbed)


@test("files that are called alike are told apart; many are folded away")
def _(place):
    names = [write(place, f"{i}.json", kept()) for i in range(4)]
    text = page(place, *names)
    for name in names:
        assert f"({name})</h2>" in text, name
    same(text.count('<details class="file"'), 4, "folded files")
    assert '<details class="file"' not in page(place, *names[:2])


@test("text of a hostile result is text on the page")
def _(place):
    result = kept()
    result["label"] = result["machine"]["cpu_model"] = result["machine"]["governor"] = EVIL
    result["software"]["compiler"] = result["benchmarks"][0]["verification"] = EVIL
    text = page(place, write(place, "r.json", result))
    assert "&lt;script&gt;document.title" in text
    assert "<script>document.title" not in text and "<img src=x" not in text
    data = re.search(r'id="plots"[^>]*>(.*?)</script>', text, re.S)[1]
    json.loads(data)
    compared = page(place, "r.json", KEPT)
    data = re.search(r'id="plots"[^>]*>(.*?)</script>', compared, re.S)[1]
    assert "<" not in data and EVIL in [line["label"] for plot in json.loads(data)
                                       for line in plot["lines"]], data[:400]


@test("hwloc draws the machine, and the CPUs that workers took are coloured")
def _(place):
    if not shutil.which("lstopo-no-graphics") and not shutil.which("lstopo"):
        assert "lstopo is not installed" in page(place, KEPT)
        raise Skip("lstopo is not installed; the page says so")
    svg = base64.b64decode(re.search(r"svg\+xml;base64,([^\"]*)", page(place, KEPT))[1])
    ElementTree.fromstring(svg)
    same(svg.lower().count(b"rgb(86,180,233)") + svg.lower().count(b"#56b4e9") >= 2, True,
         "coloured CPUs")


@test("a topology that is none leaves out the drawing and says so")
def _(place):
    result = kept()
    result["topology"]["xml"] = "<topology><object/></topology>" + "x" * 100000
    assert "no topology that hwloc can read" in page(place, write(place, "r.json", result))


@test("several files are compared where they did the same work, fastest first")
def _(place):
    slow, other = kept(), kept()
    slow["label"], other["label"] = "slow one", "other work"
    for benchmark in slow["benchmarks"]:
        for row in benchmark["runs"]:
            for key in ("samples_s", "ci95_s"):
                row[key] = [value * 2 for value in row[key]] if row[key] else row[key]
            for key in ("median_s", "min_s", "mad_s"):
                row[key] *= 2
            row["rate_per_s"] /= 2
    other["benchmarks"] = other["benchmarks"][:1]
    other["benchmarks"][0]["parameters"]["points"] = "77"
    text = page(place, write(place, "slow.json", slow), KEPT, write(place, "other.json", other))
    headings = re.findall(r"<h2>([^<]*, \d+ times)</h2>", text)
    same(headings, ["mc:points=1e9, 2 times", "bbp-hex:position=1e6, 2 times"], "compared")
    table = re.search(r"Fastest serial run first.*?</table>", text, re.S)[0]
    assert table.index("AMD EPYC Zen 5") < table.index("slow one") and "other work" not in table


@test("--svg writes a drawing per plot, each well-formed and with a title")
def _(place):
    run = place.run("report", KEPT, "--svg", "slides").fine()
    names = run.out.split()
    same(len(names), 8, "drawings")
    for name in names:
        root = ElementTree.parse(place.path(name)).getroot()
        assert root.find("{http://www.w3.org/2000/svg}title").text
        assert not [e for e in root.iter() if e.tag.endswith("script")]
    assert not os.path.exists(place.path("report.html")), "no page was asked for"


@test("--svg names each drawing of its own, also where a run measured a benchmark twice")
def _(place):
    result = kept()
    result["benchmarks"].append(result["benchmarks"][0])
    plain = json.loads(json.dumps(result["benchmarks"][0]))
    plain["name"], plain["method"] = "mc:points=1e9,method=plain", "plain"
    result["benchmarks"].append(plain)
    names = place.run("report", write(place, "r.json", result), "--svg", "slides").fine().out.split()
    same([name for name in names if name.endswith("-speedup.svg")],
         [f"slides/1-{name}-speedup.svg" for name in ("mc-points=1e9", "bbp-hex-position=1e6", "mc-points=1e9-2",
                                                       "mc-points=1e9-method=plain")], "drawings of speedup")
    same(len(names), len(set(names)), "names")


@test("what cannot be read or written is one line")
def _(place):
    for arguments, code in ((("report",), 2), (("report", "missing.json"), 2),
                            (("report", os.path.join(cli.SOURCE, "README.md")), 2),
                            (("report", KEPT, "-o", "missing/page.html"), 2),
                            (("report", KEPT, "--svg", "/proc/nowhere"), 2)):
        run = place.run(*arguments)
        run.expect(run.code == code and run.err.count("\n") == 1, f"exit {code} and one line")
    same(place.files(), [], "files")


# --- In a browser ---

class Browser:
    """Headless Chromium, with what it logs and requests."""

    def __init__(self, place, width):
        if not webdriver or not shutil.which("chromium") or not shutil.which("chromedriver"):
            raise Skip("chromium, chromium-driver or python3-selenium is not installed")
        try:
            socket.getaddrinfo("localhost", None)
        except OSError:
            raise Skip("there is no host 'localhost' here, which selenium asks for") from None
        options = Options()
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                         "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
                         "--disable-background-networking", "--disable-component-update",
                         "--disable-sync", f"--user-data-dir={place.path('chromium')}"):
            options.add_argument(argument)
        options.add_experimental_option("mobileEmulation", {"deviceMetrics": {
            "width": width, "height": 900, "pixelRatio": 1, "touch": False, "mobile": False}})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service(shutil.which("chromedriver")),
                                       options=options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()

    def open(self, path):
        self.driver.get("file://" + path)

    def press(self, key):
        ActionChains(self.driver).send_keys(key).perform()

    def run(self, script):
        return self.driver.execute_script(script)

    def complaints(self):
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self):
        found = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.append(message["params"]["request"]["url"])
        return [url for url in found if not url.startswith(("data:", "file:", "chrome"))]


# Ink in a canvas: pixels that are not transparent.
INKED = """return [...document.querySelectorAll('.plot canvas')].map(canvas => {
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let inked = 0;
  for (let i = 3; i < pixels.length; i += 4) inked += pixels[i] > 0;
  return inked;
});"""


def look(place, width, *files):
    """Opens the page of these files; returns what was seen."""
    page(place, *files)
    with Browser(place, width) as browser:
        browser.open(place.path("page.html"))
        seen = {"inked": browser.run(INKED), "title": browser.run("return document.title"),
                "wide": browser.run("return document.documentElement.scrollWidth - innerWidth"),
                "complaints": browser.complaints(), "requests": browser.requests()}
        keep = os.environ.get("PIBENCH_SCREENSHOTS")
        if keep:
            height = browser.run("return document.documentElement.scrollHeight")
            browser.driver.set_window_size(width, height)
            browser.driver.save_screenshot(os.path.join(keep, f"report-{width}-{len(files)}.png"))
    same((seen["complaints"], seen["requests"]), ([], []), "complaints, requests")
    assert seen["wide"] <= 0, f"{seen['wide']} px wider than the window"
    return seen


@test("in a browser the plots are drawn, nothing complains, nothing is loaded, at 1400 and 400 px")
def _(place):
    for width in (1400, 400):
        inked = look(place, width, KEPT)["inked"]
        same(len(inked), 4, "interactive plots")
        assert min(inked) > 1000, inked


@test("in a browser of 400 px a sweep fits, and its folded sizes are drawn when they are unfolded")
def _(place):
    same(look(place, 400, write(place, "r.json", swept(5)))["inked"], [], "plots before")
    with Browser(place, 400) as browser:
        browser.open(place.path("page.html"))
        browser.run("document.querySelector('details.benchmark').open = true")
        cli.wait_until(lambda: len(browser.run(INKED)) == 2, "the first size's plots appear")


@test("in a browser of 400 px a long name is wrapped, and unfolded tables scroll by themselves")
def _(place):
    result = kept()
    result["benchmarks"][0]["name"] = "bbp-series:digits=1000000,formula=bellard,method=groups"
    page(place, write(place, "r.json", result))
    with Browser(place, 400) as browser:
        browser.open(place.path("page.html"))
        browser.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        same(browser.run("return document.documentElement.scrollWidth"), 400, "pixels across")


@test("in a browser the keyboard shows and hides a line by its legend, with a frame around the focus")
def _(place):
    page(place, KEPT)
    with Browser(place, 1400) as browser:
        browser.open(place.path("page.html"))
        focused = "const e = document.activeElement; return [e.getAttribute('role'), e.textContent.trim()," \
                  " e.getAttribute('aria-pressed'), getComputedStyle(e).outlineStyle]"
        browser.press(Keys.TAB)
        same(browser.run(focused), ["button", "measured", "true", "solid"], "focus")
        for key, pressed in ((Keys.ENTER, "false"), (Keys.SPACE, "true")):
            before = browser.run(INKED)[0]
            browser.press(key)
            cli.wait_until(lambda: browser.run(focused)[2] == pressed, f"aria-pressed is {pressed}")
            cli.wait_until(lambda: browser.run(INKED)[0] != before, "the line is drawn anew")


@test("printed, folded tables are on paper, and folded again on the screen")
def _(place):
    page(place, KEPT)
    with Browser(place, 1400) as browser:
        browser.open(place.path("page.html"))
        browser.run("window.shown = 0; addEventListener('beforeprint', () => {"
                    " window.shown = document.querySelectorAll('details[open]').length; })")
        folded = "return document.querySelectorAll('details:not([open])').length"
        before = browser.run(folded)
        browser.driver.execute_cdp_cmd("Page.printToPDF", {})
        same((browser.run("return window.shown"), browser.run(folded)), (before, before), "unfolded, folded again")


@test("in a browser a comparison of several results is drawn")
def _(place):
    other = kept()
    other["label"] = "another"
    inked = look(place, 400, KEPT, write(place, "o.json", other))["inked"]
    same(len(inked), 2 + 8, "interactive plots")
    assert min(inked) > 1000, inked


@test("in a browser the parts of many files are drawn when they are unfolded")
def _(place):
    page(place, *[write(place, f"{i}.json", kept()) for i in range(4)])
    with Browser(place, 1400) as browser:
        browser.open(place.path("page.html"))
        same((len(browser.run(INKED)), browser.complaints()), (2, []), "comparisons, complaints")
        browser.run("location.hash = '#result-2'")
        count = "return document.querySelectorAll('.plot canvas').length"
        cli.wait_until(lambda: browser.run(count) == 2 + 4, "the second file's plots appear")
        assert min(browser.run(INKED)) > 1000


@test("in a browser a hostile result runs nothing")
def _(place):
    result = kept()
    result["label"] = result["machine"]["cpu_model"] = EVIL
    seen = look(place, 1400, write(place, "r.json", result), KEPT)
    assert "owned" not in seen["title"], seen["title"]


@test("axe-core finds no serious violation of accessibility, light and dark")
def _(place):
    if not shutil.which("npm"):
        raise Skip("npm is not installed: axe-core cannot be had")
    packed = subprocess.run(["npm", "pack", f"axe-core@{AXE}"], cwd=place.directory, text=True,
                            capture_output=True, timeout=60, check=False)
    if packed.returncode != 0:
        raise Skip("npm cannot fetch axe-core")
    subprocess.run(["tar", "xzf", packed.stdout.split()[-1]], cwd=place.directory, check=True)
    with open(place.path("package", "axe.min.js"), encoding="utf-8") as file:
        axe = file.read()
    page(place, KEPT, KEPT)
    with Browser(place, 1400) as browser:
        for scheme in ("light", "dark"):
            browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
                "features": [{"name": "prefers-color-scheme", "value": scheme}]})
            browser.open(place.path("page.html"))
            browser.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
            browser.run(axe)
            found = browser.driver.execute_async_script(
                "const done = arguments[0]; axe.run().then(r => done([r.passes.length, r.violations.map("
                "v => [v.impact, v.id, v.nodes.length, v.nodes[0].html])]))")
            assert found[0] > 10, f"axe-core looked at {found[0]} rules"
            serious = [v for v in found[1] if v[0] in ("serious", "critical")]
            same(serious, [], f"violations, {scheme}")


main()
