/* plots.js: the interactive plots of the page, by uPlot.  Their data is in #plots; nothing of it
 * becomes markup.  Without scripts the drawings that stand in these places remain. */
"use strict";
(function () {
  const data = JSON.parse(document.getElementById("plots").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const hues = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a7f00", "#56b4e9", "#e69f00", "#777777"];
  let drawn = [], unfolded = [];

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function strokeOf(line, index) {
    if (line.kind === "measured") return colour("--accent");
    if (line.kind === "ideal") return colour("--soft");
    if (line.kind === "law") return dark.matches ? "#ffa64d" : "#a34a00";
    return hues[index % hues.length];
  }

  function dashOf(line, index) {
    if (line.kind === "ideal") return [3, 4];
    if (line.kind === "law") return [8, 4];
    return line.kind === "each" && index >= hues.length ? [6, 3] : undefined;
  }

  // The legend's mark has the line's dashes.
  function markOf(line) {
    if (line && line.kind === "ideal") return "dotted";
    return line && line.kind === "law" ? "dashed" : "solid";
  }

  function seriesOf(line, index) {
    return {
      label: line.label, stroke: strokeOf(line, index), width: 2, dash: dashOf(line, index),
      spanGaps: true, points: { show: line.kind === "measured" || line.kind === "each", size: 7 },
      value: (plot, value) => value === null || value === undefined ? "" : value.toFixed(2),
    };
  }

  // Regimes: lighter parts with a word, behind the lines.
  function shade(plot, regimes) {
    const c = plot.ctx, box = plot.bbox;
    c.save();
    regimes.forEach((regime, index) => {
      const left = plot.valToPos(regime.after + 0.5, "x", true);
      if (left >= box.left + box.width || left < box.left) return;
      c.fillStyle = dark.matches ? "#1c222b" : "#eef1f5";
      c.fillRect(left, box.top, box.left + box.width - left, box.height);
      c.fillStyle = colour("--soft");
      c.font = 12 * devicePixelRatio + "px sans-serif";
      c.textAlign = "left";
      c.fillText(regime.word, left + 4, box.top + box.height - (8 + 16 * index) * devicePixelRatio);
      c.fillRect(left, box.top, devicePixelRatio, box.height);
    });
    c.restore();
  }

  // 95 % intervals of the lines that have them.
  function intervals(plot, lines, xs) {
    const c = plot.ctx, end = 4 * devicePixelRatio;
    c.save();
    c.setLineDash([]);
    lines.forEach((line, index) => {
      if (!line.low) return;
      c.strokeStyle = strokeOf(line, index);
      c.lineWidth = 1.5 * devicePixelRatio;
      xs.forEach((x, i) => {
        if (line.low[i] === null || line.high[i] === null) return;
        const at = plot.valToPos(x, "x", true);
        const low = plot.valToPos(line.low[i], "y", true), high = plot.valToPos(line.high[i], "y", true);
        c.beginPath();
        c.moveTo(at, low); c.lineTo(at, high);
        c.moveTo(at - end, low); c.lineTo(at + end, low);
        c.moveTo(at - end, high); c.lineTo(at + end, high);
        c.stroke();
      });
    });
    c.restore();
  }

  function optionsOf(plot, width) {
    const most = plot.x[plot.x.length - 1], wide = most > 32;
    const axis = { stroke: colour("--ink"), grid: { stroke: colour("--line"), width: 1 },
                   ticks: { stroke: colour("--line"), width: 1 } };
    const workers = { ...axis, label: "workers", size: 34, labelSize: 22, labelGap: 0,
                      incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] };
    return {
      title: plot.title, width, height: Math.max(240, Math.min(380, width * 0.6)),
      scales: {
        x: { time: false, distr: wide ? 3 : 1, log: 2,
             range: wide ? [1, most] : [0.5, Math.max(most, 2) + 0.5] },
        y: { range: (u, low, high) => [0, highest(plot, high) * 1.08] },
      },
      axes: [workers, { ...axis, label: plot.yName, size: 48, labelSize: 22, labelGap: 0 }],
      legend: { markers: { dash: (u, index) => markOf(plot.lines[index - 1]) } },
      series: [{ label: "workers" }, ...plot.lines.map(seriesOf)],
      hooks: { drawClear: [u => shade(u, plot.regimes)], draw: [u => intervals(u, plot.lines, plot.x)] },
    };
  }

  // The intervals' ends belong to the scale as well.
  function highest(plot, high) {
    return Math.max(high, ...plot.lines.flatMap(line => line.high || []).filter(y => y !== null));
  }

  function columnsOf(plot) {
    return [plot.x, ...plot.lines.map(line => line.y)];
  }

  function draw(place) {
    const plot = data[Number(place.dataset.plot)];
    if (!plot || plot.x.length === 0 || place.closest("details:not([open])")) return; // folded: later
    const chart = new uPlot(optionsOf(plot, place.clientWidth), columnsOf(plot));
    place.replaceChildren(chart.root);
    const canvas = chart.root.querySelector("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", plot.title + " against workers; the figures are in the table below.");
    openLegend(chart.root.querySelector(".u-legend"));
    drawn.push({ chart, place, plot });
  }

  // A line is shown and hidden in the legend by the keyboard as well.  The legend is no table of data.
  function openLegend(legend) {
    legend.setAttribute("role", "presentation");
    [...legend.querySelectorAll(".u-series")].slice(1).forEach(row => {
      const name = row.querySelector("th");
      const tell = () => name.setAttribute("aria-pressed", String(!row.classList.contains("u-off")));
      name.tabIndex = 0;
      name.setAttribute("role", "button");
      name.addEventListener("click", () => setTimeout(tell));
      name.addEventListener("keydown", event => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        name.click();
      });
      tell();
    });
  }

  function drawAll() {
    drawn.forEach(one => one.chart.destroy());
    drawn = [];
    document.querySelectorAll(".plot").forEach(draw);
  }

  function resize() {
    for (const { chart, place } of drawn) {
      const width = place.clientWidth;
      if (width !== chart.width)
        chart.setSize({ width, height: Math.max(240, Math.min(380, width * 0.6)) });
    }
  }

  function drawUnfolded() {
    document.querySelectorAll(".plot:not(:has(.uplot))").forEach(draw);
  }

  // A link into a folded part unfolds it.
  function unfoldTarget() {
    const target = document.getElementById(location.hash.slice(1));
    if (target && target.tagName === "DETAILS") {
      target.open = true;
      target.scrollIntoView();
    }
  }

  // Paper shows all, and the page is as it was afterwards.
  function unfoldAll() {
    unfolded = [...document.querySelectorAll("details:not([open])")];
    unfolded.forEach(part => { part.open = true; });
    drawUnfolded();
  }

  function foldAgain() {
    unfolded.forEach(part => { part.open = false; });
    unfolded = [];
  }

  drawAll();
  unfoldTarget();
  addEventListener("hashchange", unfoldTarget);
  document.addEventListener("toggle", drawUnfolded, true);
  addEventListener("resize", resize);
  dark.addEventListener("change", drawAll);
  addEventListener("beforeprint", unfoldAll);
  addEventListener("afterprint", foldAgain);
})();
