"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const curve = data.curve;

  // ---- Texts: they only ever become text nodes ----

  const byId = (id) => document.getElementById(id);

  function element(tag, properties, ...children) {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  }

  const whole = (n) => Math.round(n).toLocaleString("en");
  const decimal = (x, digits = 4) => (x === null ? "–" : x.toFixed(digits));
  const theme = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function duration(seconds) {
    const minutes = Math.floor(seconds / 60);
    return minutes === 0 ? `${whole(seconds)} s` : minutes < 60 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
  }

  // ---- Head and foot ----

  document.title = `Training of ${data.title}`;
  byId("title").textContent = document.title;
  byId("subtitle").textContent = `From ${data.base}; ${data.made}`;
  const facts = [
    ["Steps", whole(data.steps)],
    ["Last loss", decimal(curve.loss.at(-1) ?? null)],
    ["Tokens", whole(data.tokens)],
    ["Tokens a second", data.seconds > 0 ? whole(data.tokens / data.seconds) : "–"],
    ["Time", duration(data.seconds)],
  ];
  const best = data.dev.score.length === 0 ? -1 : data.dev.score.indexOf(Math.max(...data.dev.score));
  if (best >= 0) {
    facts.push(["Best on the development set", decimal(data.dev.score[best])]);
  }
  byId("facts").append(
    ...facts.map(([name, value]) =>
      element("div", {}, element("dt", { textContent: name }), element("dd", { textContent: value }))),
  );
  byId("footer").textContent =
    `Made by sbert-spark ${data.version}. Drawn with Chart.js ${data.chartJs} (MIT licence).`;

  // ---- Curves ----

  /** The mean of the points around each, which shows where a noisy curve goes. */
  function smooth(values) {
    const reach = Math.max(1, Math.round(values.length / 50));
    return values.map((_, i) => {
      const near = values.slice(Math.max(0, i - reach), i + reach + 1);
      return near.reduce((sum, x) => sum + x, 0) / near.length;
    });
  }

  const points = (xs, ys) => xs.map((x, i) => ({ x, y: ys[i] }));

  /** lines: { label, colour (a name of the style's), points, axis: "y" or "right", radius, width } */
  function draw(id, lines, titles) {
    const axis = (title, more) => ({ title: { display: true, text: title }, grid: {}, ticks: {}, ...more });
    const scales = { x: axis("Step", { type: "linear", ticks: { precision: 0 } }), y: axis(titles[0]) };
    if (titles.length > 1) {
      scales.right = axis(titles[1], { position: "right", grid: { drawOnChartArea: false } });
    }
    return new Chart(byId(id), {
      type: "line",
      data: {
        datasets: lines.map((line) => ({
          label: line.label,
          data: line.points,
          yAxisID: line.axis ?? "y",
          pointRadius: line.radius ?? 0,
          borderWidth: line.width ?? 2,
          colour: line.colour,
        })),
      },
      options: {
        animation: false,
        maintainAspectRatio: false,
        interaction: { mode: "nearest", axis: "x", intersect: false },
        plugins: { legend: { display: lines.length > 1 } },
        scales,
      },
    });
  }

  byId("loss-note").textContent =
    curve.bucket > 1 ? `Each point is the mean of ${whole(curve.bucket)} steps.` : "Each point is a step.";
  const charts = [
    draw(
      "loss",
      [
        { label: "Loss", colour: "--muted", points: points(curve.step, curve.loss), width: 1 },
        { label: "Smoothed", colour: "--accent", points: points(curve.step, smooth(curve.loss)) },
      ],
      ["Loss"],
    ),
    draw(
      "rate",
      [
        { label: "Learning rate", colour: "--accent", points: points(curve.step, curve.learningRate) },
        {
          label: "Gradient norm",
          colour: "--muted",
          points: points(curve.step, curve.gradNorm),
          axis: "right",
          width: 1,
        },
      ],
      ["Learning rate", "Gradient norm"],
    ),
  ];
  if (best >= 0) {
    byId("dev-section").hidden = false;
    byId("dev-note").textContent =
      `Spearman correlation of the cosine with the given scores; the best, ${decimal(data.dev.score[best])}, ` +
      `at step ${whole(data.dev.step[best])}.`;
    charts.push(
      draw(
        "dev",
        [
          {
            label: "Spearman",
            colour: "--accent",
            points: points(data.dev.step, data.dev.score),
            radius: data.dev.step.map((_, i) => (i === best ? 7 : 3)),
          },
        ],
        ["Spearman correlation"],
      ),
    );
  }

  // ---- Tables ----

  function table(parent, names, rows) {
    const head = element("tr", {}, ...names.map((name) => element("th", { scope: "col", textContent: name })));
    const body = rows.map((row) =>
      element(
        "tr",
        {},
        ...row.map((value, i) => {
          const cell = element("td", { textContent: value });
          cell.dataset.name = names[i];
          return cell;
        }),
      ));
    parent.append(element("table", {}, element("thead", {}, head), element("tbody", {}, ...body)));
  }

  table(
    byId("sets"),
    ["Data set", "Examples", "Texts of an example", "Weight"],
    data.sets.map((set) => [set.name, whole(set.examples), String(set.texts), whole(set.weight)]),
  );
  table(
    byId("recipe"),
    ["Option", "Value"],
    Object.entries(data.recipe).map(([name, value]) => [name, String(value)]),
  );

  // ---- Light and dark ----

  function paint() {
    for (const chart of charts) {
      for (const scale of Object.values(chart.options.scales)) {
        scale.grid.color = theme("--line");
        scale.ticks.color = theme("--muted");
        scale.title.color = theme("--muted");
      }
      chart.options.plugins.legend.labels = { color: theme("--text") };
      for (const line of chart.data.datasets) {
        line.borderColor = line.backgroundColor = theme(line.colour);
      }
      chart.update("none");
    }
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  paint();
})();
