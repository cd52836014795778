/* charts.js -- a line chart of the last minutes: uPlot, in the page's colours. */
import uPlot from "./uplot.js";
import { make } from "./parts.js";
import { clock } from "./words.js";

const HEIGHT = 132;
const LABEL_PX = 54; /* 00:00:00 in the axis' font, at its widest */
const LINES = ["--line-1", "--line-2", "--line-3", "--line-4", "--line-5", "--line-6"];

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const BINARY = Array.from({ length: 50 }, (_, i) => 2 ** i);

function axis(values, size) {
  return {
    stroke: colour("--quiet"),
    font: "11px system-ui, sans-serif",
    grid: { stroke: colour("--grid"), width: 1 },
    ticks: { show: false },
    size,
    values,
    gap: 6,
  };
}

/* A time stands below the middle of its line, and is cut off where the chart ends. */
const hasRoom = (plot, at) => plot.valToPos(at, "x") + LABEL_PX / 2 < plot.bbox.width / devicePixelRatio;

const lineOf = (name, place, words) => ({
  label: name,
  stroke: colour(LINES[place % LINES.length]),
  width: 1.75,
  points: { show: false },
  spanGaps: false,
  value: (_, value) => words(value),
});

/**
 * A card: a title, what it is now, and lines over time. `words` writes a value, which is counted in
 * powers of two if `binary`; the axis goes to `least` at least.
 */
export class Chart {
  #plot = null;
  #names = [];
  #words;
  #data = [[], []];
  #binary;
  #least;

  constructor({ title, words, hint, binary, least = 1 }) {
    this.#least = least;
    this.#words = words;
    this.#binary = binary;
    this.value = make("p", "figure", "–");
    this.legend = make("ul", "legend");
    this.box = make("div", "plot");
    const head = make("h3", "", title);
    if (hint) head.title = hint;
    this.element = make("article", "card chart", make("header", "", head, this.value), this.box, this.legend);
    this.box.setAttribute("role", "img");
    this.title = title;
    new ResizeObserver(() => this.#fit()).observe(this.box);
  }

  /** `lines`: [{name, values}], over `at`; `now` the figure in words. */
  draw(at, lines, now) {
    const names = lines.map(({ name }) => name);
    this.value.textContent = now;
    this.box.setAttribute("aria-label", `${this.title}: ${now}`);
    this.#data = [at, ...lines.map(({ values }) => values)];
    if (names.join("\n") !== this.#names.join("\n") || !this.#plot) this.#make(names);
    else this.#plot.setData(this.#data);
  }

  /** In the colours that hold now. */
  repaint() {
    if (this.#plot) this.#make(this.#names);
  }

  #make(names) {
    this.#names = names;
    this.#plot?.destroy();
    const width = this.box.clientWidth || 300;
    const options = {
      width,
      height: HEIGHT,
      cursor: { show: true, y: false, points: { size: 6 }, drag: { x: false, y: false } },
      legend: { show: false },
      padding: [8, 4, 0, 0],
      scales: { x: { time: true }, y: { range: (_, low, high) => [0, Math.max(high * 1.1, this.#least)] } },
      axes: [
        { ...axis((plot, ticks) => ticks.map((at) => (hasRoom(plot, at) ? clock(at * 1000) : "")), 22), space: 80 },
        { ...axis((_, ticks) => ticks.map(this.#words), 62), space: 36, ...(this.#binary && { incrs: BINARY }) },
      ],
      series: [{}, ...names.map((name, place) => lineOf(name, place, this.#words))],
      hooks: { setCursor: [(plot) => this.#tell(plot)] },
    };
    this.#plot = new uPlot(options, this.#data, this.box);
    this.#tell(this.#plot);
  }

  /* The values under the pointer, or no more than which line is whose. */
  #tell(plot) {
    const at = plot.cursor.idx;
    this.legend.hidden = this.#names.length < 2 && (at === null || at === undefined);
    const items = this.#names.map((name, i) => {
      const value = at === null || at === undefined ? null : this.#data[i + 1][at];
      const item = make("li", `line-${(i % LINES.length) + 1}`, make("i", "key"), make("bdi", "", name));
      if (value !== null && value !== undefined) item.append(" ", make("b", "", this.#words(value)));
      return item;
    });
    this.legend.replaceChildren(...items);
  }

  #fit() {
    if (this.#plot && this.box.clientWidth) this.#plot.setSize({ width: this.box.clientWidth, height: HEIGHT });
  }
}
