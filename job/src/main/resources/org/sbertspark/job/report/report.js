"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const map = data.map;
  const clusterOf = new Map(data.clusters.map((cluster, rank) => [cluster.id, { ...cluster, rank }]));
  const PAGE_ROWS = 50;

  // ---- Texts: they only ever become text nodes ----

  const byId = (id) => document.getElementById(id);

  function element(tag, properties, ...children) {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  }

  const whole = (n) => n.toLocaleString("en");
  // Without the sign of a zero.
  const decimal = (x, digits = 3) => (x === null ? "–" : x.toFixed(digits).replace(/^-(0\.?0*)$/, "$1"));
  const percent = (x) => (100 * x).toFixed(0) + "%";
  const text = (shown) => (shown === null ? "(null)" : shown === "" ? "(no text)" : shown);

  function clusterName(id) {
    const name = clusterOf.get(id).name;
    return name === "" ? `Cluster ${id}` : `${id}: ${name}`;
  }

  // ---- Colours: the largest clusters get those that are told apart best ----

  const PALETTE = [
    "#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#ee7733", "#009988", "#997700", "#8866cc",
  ];

  function colour(id) {
    const rank = clusterOf.get(id).rank;
    // The golden angle: hues that follow each other are far apart.
    return rank < PALETTE.length ? PALETTE[rank] : `hsl(${((rank * 137.508) % 360).toFixed(0)} 60% 52%)`;
  }

  function dot(id) {
    const made = element("span", { className: "dot" });
    made.style.background = colour(id);
    return made;
  }

  const theme = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // ---- Head and foot ----

  document.title = `Clusters of ${data.title}`;
  byId("title").textContent = document.title;
  byId("subtitle").textContent =
    `${data.algorithm === "kmeans" ? "k-means" : "bisecting k-means"}, ${data.distance} distance, ` +
    `${whole(data.dimension)} dimensions, seed ${data.seed}; ${data.made}`;
  const facts = [
    ["Rows", whole(data.rows)],
    ["Clusters", whole(data.clusters.length)],
    ["Silhouette", decimal(data.silhouette)],
    ["Outliers", whole(data.clusters.reduce((sum, cluster) => sum + cluster.outliers, 0))],
  ];
  for (const [name, count] of [["Null", data.nulls], ["Zero", data.zeros], ["Not finite", data.notFinite]]) {
    if (count > 0) {
      facts.push([`${name} vectors, left out`, whole(count)]);
    }
  }
  if (data.agreement) {
    facts.push(
      [`V-measure, ${whole(data.agreement.labels)} labels`, decimal(data.agreement.vMeasure)],
      ["Adjusted Rand index", decimal(data.agreement.adjustedRand)],
      ["NMI", decimal(data.agreement.normalizedMutualInformation)],
    );
  }
  byId("facts").append(
    ...facts.map(([name, value]) =>
      element("div", {}, element("dt", { textContent: name }), element("dd", { textContent: value }))),
  );
  byId("footer").textContent =
    `Made by sbert-spark ${data.version}. Drawn with Chart.js ${data.chartJs} (MIT licence). ` +
    "Silhouette: from -1 to 1, how much nearer a row is to its own cluster than to the next one. " +
    `Outlier score: the modified z-score of the distance to the centre; above ${data.unusual} is unusual.`;

  // ---- The map ----

  const only = new Set(); // The clusters to show; none: all.
  const isShown = (id) => only.size === 0 || only.has(id);
  const canvas = byId("canvas");
  const radius = map.x.length > 5000 ? 1.8 : map.x.length > 1000 ? 2.5 : 3.5;

  byId("map-note").textContent =
    (map.x.length < map.rows
      ? `A sample of ${whole(map.x.length)} of ${whole(map.rows)} rows`
      : `${whole(map.rows)} rows`) +
    `, on their first two principal components, which hold ${percent(map.explained[0])} and ` +
    `${percent(map.explained[1])} of the variance. What is apart here is apart; what is together may be apart ` +
    "in other dimensions. Hover or tap for the row; drag to move, turn the wheel to zoom.";

  const places = new Map(data.clusters.map((cluster) => [cluster.id, []]));
  map.cluster.forEach((id, row) => places.get(id).push({ x: map.x[row], y: map.y[row], row }));

  function bounds(values) {
    let least = Infinity;
    let most = -Infinity;
    for (const value of values) {
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    const margin = (most - least) * 0.04 || 1;
    return { min: least - margin, max: most + margin };
  }
  const home = { x: bounds(map.x), y: bounds(map.y) };

  const chart = new Chart(canvas, {
    type: "scatter",
    data: {
      datasets: data.clusters.map((cluster) => ({
        data: places.get(cluster.id),
        backgroundColor: colour(cluster.id),
        pointRadius: radius,
        pointBorderWidth: 0,
        pointHitRadius: 6,
      })),
    },
    options: {
      animation: false,
      maintainAspectRatio: false,
      normalized: true,
      events: [], // A hover would draw all points anew: the tip below is an element of its own.
      plugins: { legend: { display: false }, tooltip: { enabled: false } },
      scales: {
        x: { ...home.x, ticks: { display: false }, grid: { display: false }, border: { display: false } },
        y: { ...home.y, ticks: { display: false }, grid: { display: false }, border: { display: false } },
      },
    },
  });

  const tip = byId("tip");

  function place(event) {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  function showTip(event) {
    const hits = chart.getElementsAtEventForMode(event, "nearest", { intersect: true }, false);
    tip.hidden = hits.length === 0;
    if (tip.hidden) {
      return;
    }
    const { row } = chart.data.datasets[hits[0].datasetIndex].data[hits[0].index];
    const id = map.cluster[row];
    const details =
      `Outlier score ${decimal(map.outlier[row], 1)}` + (map.label[row] === null ? "" : `; label ${map.label[row]}`);
    tip.replaceChildren(
      element("div", { textContent: text(map.shown[row]) }),
      element("div", { className: "muted" }, dot(id), clusterName(id)),
      element("div", { className: "muted", textContent: details }),
    );
    const { x, y } = place(event);
    tip.style.left = `${Math.max(0, Math.min(x + 12, canvas.clientWidth - tip.offsetWidth - 4))}px`;
    tip.style.top = `${y + 14 + tip.offsetHeight > canvas.clientHeight ? Math.max(0, y - tip.offsetHeight - 10) : y + 14}px`;
  }

  function setScale(axis, min, max) {
    Object.assign(chart.options.scales[axis], { min, max });
  }

  /** Zooms by a factor around a point of the canvas. */
  function zoom(factor, at) {
    for (const axis of ["x", "y"]) {
      const scale = chart.scales[axis];
      const centre = scale.getValueForPixel(at[axis]);
      setScale(axis, centre + (scale.min - centre) * factor, centre + (scale.max - centre) * factor);
    }
    tip.hidden = true;
    chart.update("none");
  }

  const middle = () => ({ x: canvas.clientWidth / 2, y: canvas.clientHeight / 2 });
  byId("zoom-in").onclick = () => zoom(0.7, middle());
  byId("zoom-out").onclick = () => zoom(1 / 0.7, middle());
  byId("zoom-reset").onclick = () => {
    setScale("x", home.x.min, home.x.max);
    setScale("y", home.y.min, home.y.max);
    chart.update("none");
  };
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      zoom(event.deltaY < 0 ? 0.85 : 1 / 0.85, place(event));
    },
    { passive: false },
  );

  let drag = null; // Where the pointer went down, and the scales at that time.
  canvas.addEventListener("pointerdown", (event) => {
    const { x, y } = chart.scales;
    drag = { at: place(event), x: { min: x.min, max: x.max }, y: { min: y.min, max: y.max } };
    if (event.pointerType === "mouse") {
      canvas.setPointerCapture(event.pointerId);
    }
  });
  canvas.addEventListener("pointermove", (event) => {
    if (drag === null || event.pointerType !== "mouse") {
      showTip(event);
      return;
    }
    const now = place(event);
    const across = ((drag.at.x - now.x) / chart.scales.x.width) * (drag.x.max - drag.x.min);
    const up = ((now.y - drag.at.y) / chart.scales.y.height) * (drag.y.max - drag.y.min);
    setScale("x", drag.x.min + across, drag.x.max + across);
    setScale("y", drag.y.min + up, drag.y.max + up);
    canvas.classList.add("moving");
    tip.hidden = true;
    chart.update("none");
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, (event) => {
      drag = null;
      canvas.classList.remove("moving");
      showTip(event);
    });
  }
  canvas.addEventListener("pointerleave", (event) => {
    // A finger leaves whenever it is lifted: its tip stays.
    tip.hidden ||= event.pointerType === "mouse";
  });

  // ---- The legend chooses clusters for the map and for the rows ----

  const legend = new Map();
  for (const { id, rows } of data.clusters) {
    const button = element("button", { type: "button" }, dot(id), `${clusterName(id)} (${whole(rows)})`);
    button.onclick = () => {
      if (!only.delete(id)) {
        only.add(id);
      }
      chosen();
    };
    legend.set(id, button);
  }
  byId("legend").append(...legend.values());

  const filter = byId("cluster-filter");
  filter.append(
    element("option", { value: "", textContent: "All clusters" }),
    ...data.clusters.map(({ id }) => element("option", { value: String(id), textContent: clusterName(id) })),
  );

  function choose(id) {
    only.clear();
    if (id !== null) {
      only.add(id);
    }
    chosen();
  }
  filter.onchange = () => choose(filter.value === "" ? null : Number(filter.value));

  function chosen() {
    data.clusters.forEach(({ id }, index) => {
      chart.setDatasetVisibility(index, isShown(id));
      legend.get(id).setAttribute("aria-pressed", String(only.has(id)));
      legend.get(id).classList.toggle("dimmed", !isShown(id));
    });
    filter.value = only.size === 1 ? String([...only][0]) : "";
    chart.update("none");
    rows.show();
  }

  // ---- Tables ----

  /**
   * A table that sorts by its columns, shown a page at a time.
   *
   * columns: { name, value(item) to sort by, cell(item, td) to fill, kind: "number", "text" or "name" }
   */
  function table(parent, columns, items, pageRows, onPage) {
    let sorted = items();
    let by = null;
    let descending = false;
    let page = 0;

    const heads = columns.map((column) => {
      const head = element("th", { className: column.kind, scope: "col" });
      const button = element("button", { type: "button", textContent: column.name });
      button.onclick = () => {
        descending = by === column ? !descending : column.kind === "number";
        by = column;
        show();
      };
      head.append(button);
      return head;
    });
    const body = element("tbody");
    parent.append(element("table", {}, element("thead", {}, element("tr", {}, ...heads)), body));

    function compare(a, b) {
      const [left, right] = [by.value(a), by.value(b)];
      const order = typeof left === "string" ? left.localeCompare(right) : left - right;
      return descending ? -order : order;
    }

    function row(item) {
      return element(
        "tr",
        {},
        ...columns.map((column) => {
          const cell = element("td", { className: column.kind });
          cell.dataset.name = column.name;
          column.cell(item, cell);
          return cell;
        }),
      );
    }

    /** Takes the items and their order anew, and shows the first page. */
    function show() {
      sorted = by === null ? items() : [...items()].sort(compare);
      columns.forEach((column, i) => {
        const state = column !== by ? "none" : descending ? "descending" : "ascending";
        heads[i].setAttribute("aria-sort", state);
      });
      turn(0);
    }

    function turn(to) {
      page = to;
      body.replaceChildren(...sorted.slice(page * pageRows, (page + 1) * pageRows).map(row));
      onPage?.({ page, pages: Math.max(1, Math.ceil(sorted.length / pageRows)), count: sorted.length });
    }

    show();
    return { show, previous: () => turn(page - 1), next: () => turn(page + 1) };
  }

  const number = (name, value, digits) => ({
    name,
    kind: "number",
    value: (item) => value(item) ?? -Infinity,
    cell: (item, td) => td.append(digits === 0 ? whole(value(item)) : decimal(value(item), digits)),
  });

  const clusterColumn = (value) => ({
    name: "Cluster",
    kind: "name",
    value,
    cell: (item, td) => td.append(element("span", {}, dot(value(item)), clusterName(value(item)))),
  });

  const largest = Math.max(...data.clusters.map((cluster) => cluster.rows));
  const size = number("Rows", (cluster) => cluster.rows, 0);
  table(
    byId("clusters"),
    [
      clusterColumn((cluster) => cluster.id),
      {
        ...size,
        cell: (cluster, td) => {
          const meter = element("span", { className: "meter" });
          meter.style.width = percent(cluster.rows / largest);
          td.append(whole(cluster.rows), meter);
        },
      },
      number("Silhouette", (cluster) => cluster.silhouette, 3),
      number("Outliers", (cluster) => cluster.outliers, 0),
      ...(data.hasTexts
        ? [
            {
              name: "Terms",
              kind: "name",
              value: (cluster) => cluster.terms.join(", "),
              cell: (cluster, td) => td.append(element("span", { textContent: cluster.terms.join(", ") || "–" })),
            },
          ]
        : []),
      {
        name: "Nearest to the centre",
        kind: "text",
        value: (cluster) => cluster.exemplars[0],
        cell: (cluster, td) => {
          const rest = cluster.exemplars.slice(1).map((shown) => element("li", { textContent: text(shown) }));
          const first = text(cluster.exemplars[0]);
          td.append(
            rest.length === 0
              ? element("span", { textContent: first })
              : element("details", {}, element("summary", { textContent: first }), element("ul", {}, ...rest)),
          );
        },
      },
    ],
    () => data.clusters,
    data.clusters.length,
  );

  byId("outliers-note").textContent =
    data.outliers.length === 0
      ? `No row is unusually far from its centre: no score is above ${data.unusual}.`
      : `The ${whole(data.outliers.length)} rows that are most unusual in their clusters, of all rows.`;
  if (data.outliers.length > 0) {
    table(
      byId("outliers"),
      [
        {
          name: data.hasTexts ? "Text" : "Row",
          kind: "text",
          value: (outlier) => text(outlier.shown),
          cell: (outlier, td) => td.append(element("span", { textContent: text(outlier.shown) })),
        },
        clusterColumn((outlier) => outlier.cluster),
        number("Distance", (outlier) => outlier.distance, 3),
        number("Outlier score", (outlier) => outlier.outlier, 1),
      ],
      () => data.outliers,
      data.outliers.length,
    );
  }

  const search = byId("search");
  const all = map.x.map((x, row) => row);
  const lower = all.map((row) => `${map.shown[row] ?? ""} ${map.label[row] ?? ""}`.toLowerCase());

  function found() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    return all.filter((row) => isShown(map.cluster[row]) && words.every((word) => lower[row].includes(word)));
  }

  const rows = table(
    byId("rows"),
    [
      {
        name: data.hasTexts ? "Text" : "Row",
        kind: "text",
        value: (row) => text(map.shown[row]),
        cell: (row, td) => td.append(element("span", { textContent: text(map.shown[row]) })),
      },
      clusterColumn((row) => map.cluster[row]),
      ...(data.hasLabels
        ? [
            {
              name: "Label",
              kind: "name",
              value: (row) => map.label[row] ?? "",
              cell: (row, td) => td.append(element("span", { textContent: map.label[row] ?? "–" })),
            },
          ]
        : []),
      number("Distance", (row) => map.distance[row], 3),
      number("Outlier score", (row) => map.outlier[row], 1),
    ],
    found,
    PAGE_ROWS,
    ({ page, pages, count }) => {
      byId("rows-note").textContent =
        `${whole(count)} of the ${whole(all.length)} rows on the map` +
        (map.x.length < map.rows ? `, which are a sample of ${whole(map.rows)}.` : ".");
      byId("page").textContent = `Page ${whole(page + 1)} of ${whole(pages)}`;
      byId("previous").disabled = page === 0;
      byId("next").disabled = page + 1 >= pages;
    },
  );
  search.oninput = () => rows.show();
  byId("previous").onclick = () => rows.previous();
  byId("next").onclick = () => rows.next();

  // ---- How k was chosen ----

  let selectionChart = null;
  if (data.selection) {
    byId("selection").hidden = false;
    byId("selection-note").textContent =
      `${whole(data.selection.k)} was chosen: of the numbers that were tried on ` +
      `${whole(data.selection.sampleRows)} rows it has the highest silhouette.`;
    selectionChart = new Chart(byId("selection-canvas"), {
      type: "line",
      data: {
        datasets: [
          {
            data: data.selection.candidates.map(({ k, silhouette }) => ({ x: k, y: silhouette })),
            pointRadius: data.selection.candidates.map(({ k }) => (k === data.selection.k ? 7 : 3)),
          },
        ],
      },
      options: {
        animation: false,
        maintainAspectRatio: false,
        plugins: {
          legend: { display: false },
          tooltip: {
            callbacks: {
              title: ([{ raw }]) => `${raw.x} clusters`,
              label: ({ raw }) => `Silhouette ${decimal(raw.y)}`,
            },
          },
        },
        scales: {
          x: { type: "linear", title: { display: true, text: "Clusters" }, grid: {}, ticks: { precision: 0 } },
          y: { title: { display: true, text: "Silhouette" }, grid: {}, ticks: {} },
        },
      },
    });
  }

  // ---- Light and dark ----

  function paint() {
    for (const each of [chart, selectionChart].filter(Boolean)) {
      for (const scale of Object.values(each.options.scales)) {
        scale.grid.color = theme("--line");
        scale.ticks.color = theme("--muted");
        if (scale.title) {
          scale.title.color = theme("--muted");
        }
      }
      each.update("none");
    }
    if (selectionChart) {
      const [line] = selectionChart.data.datasets;
      line.borderColor = line.backgroundColor = theme("--accent");
      selectionChart.update("none");
    }
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  paint();
})();
