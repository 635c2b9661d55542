// The plots of a way, drawn while it is measured: round trips with the packets that were lost, and throughput.

import { megabits, milliseconds, nameOf, say } from "./words.js";
import { LOAD_MS, PROBE_MS } from "./ways.js";

const WIDTH = 320, HEIGHT = 130;
const LEFT = 34, RIGHT = 8, TOP = 24, BOTTOM = 18; // what lies around the drawn area
const SCALES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];
const CROSS = 3;
const BAR_GAP = 1.5;
const HEADROOM = 1.2;

function drawn(name, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

// A drawing with axes; `y` and `x` place values of the ranges [0, y_max] and [0, x_max].
class Drawing {
  constructor(title, x_max) {
    this.title = title;
    this.x_max = x_max;
    this.element = drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
  }

  x = (value) => LEFT + (value / this.x_max) * (WIDTH - LEFT - RIGHT);
  y = (value) => HEIGHT - BOTTOM - (value / this.y_max) * (HEIGHT - TOP - BOTTOM);

  describe(text) {
    this.element.setAttribute("aria-label", text);
  }

  // `ticks` are [value, its text] of the vertical axis.
  draw(y_max, ticks, marks) {
    this.y_max = y_max;
    const seconds = (ms) => say("plot.seconds", { s: ms / 1000 });
    this.element.replaceChildren(
      drawn("text", { class: "title", x: 0, y: 11 }, this.title),
      ...ticks.flatMap(([value, text]) => [
        drawn("line", { class: value ? "grid" : "axis", x1: LEFT, x2: WIDTH - RIGHT, y1: this.y(value), y2: this.y(value) }),
        drawn("text", { class: "tick", x: LEFT - 5, y: this.y(value) + 4, "text-anchor": "end" }, text),
      ]),
      drawn("text", { class: "tick", x: LEFT, y: HEIGHT - 4 }, seconds(0)),
      drawn("text", { class: "tick", x: WIDTH - RIGHT, y: HEIGHT - 4, "text-anchor": "end" }, seconds(this.x_max)),
      ...marks(),
    );
  }
}

export class Plot {
  #way;
  #figure;
  #rtt = new Drawing(say("plot.rtt"), PROBE_MS);
  #throughput = new Drawing(say("plot.throughput"), LOAD_MS);
  #bps_max;

  // Stands in `parent` from when the way works.
  constructor(parent, way, bps_max) {
    this.#way = nameOf(way);
    this.#bps_max = bps_max;
    this.#figure = document.createElement("figure");
    const caption = document.createElement("figcaption");
    caption.textContent = this.#way;
    this.#figure.append(caption, this.#rtt.element, this.#throughput.element);
    this.begin = () => parent.append(this.#figure);
    this.#rtt.describe(say("plot.rtt_live", { way: this.#way }));
    this.#throughput.describe(say("plot.throughput_live", { way: this.#way }));
    this.delays([], 0);
    this.bins([]);
  }

  // `delays` as probe() has them after `ms`: what did not arrive of what is long under way is lost so far.
  delays(delays, ms) {
    const greatest = Math.max(1, ...delays.filter((delay) => delay !== undefined));
    const scale = SCALES.find((each) => each >= greatest) ?? greatest;
    const timeOf = (i) => (i * PROBE_MS) / delays.length;
    const isLost = (delay, i) => delay === undefined && timeOf(i) < ms - Math.max(500, 2 * greatest);
    this.#rtt.draw(scale, [0, scale / 2, scale].map((value) => [value, String(value)]), () => {
      const { x, y } = this.#rtt;
      let isDown = false;
      const steps = delays.map((delay, i) => {
        const step = delay === undefined ? "" : `${isDown ? "L" : "M"}${x(timeOf(i)).toFixed(1)} ${y(delay).toFixed(1)}`;
        isDown = delay !== undefined;
        return step;
      });
      const crosses = [...delays].map((delay, i) => (isLost(delay, i) ? x(timeOf(i)).toFixed(1) : "")).filter(Boolean);
      const cross = (at) => `M${at - CROSS} ${TOP - CROSS - 7}l${2 * CROSS} ${2 * CROSS}m0 ${-2 * CROSS}l${-2 * CROSS} ${2 * CROSS}`;
      const legend = drawn("text", { class: "lost-text", x: WIDTH - RIGHT, y: 11, "text-anchor": "end" }, say("plot.lost"));
      return [
        drawn("path", { class: "delays", d: steps.join("") || "M0 0" }),
        ...(crosses.length ? [drawn("path", { class: "lost", d: crosses.map(cross).join("") }), legend] : []),
      ];
    });
  }

  // `bins` as load() has them.
  bins(bins) {
    const top = this.#bps_max * HEADROOM;
    this.#throughput.draw(top, [0, this.#bps_max / 2, this.#bps_max].map((value) => [value, String(value / 1e6)]), () => {
      const { x, y } = this.#throughput;
      const width = x(LOAD_MS / bins.length) - LEFT - BAR_GAP;
      return bins.map((bps, i) => {
        const highest = y(Math.min(bps, top));
        return drawn("rect", { class: "bar", x: x((i * LOAD_MS) / bins.length) + BAR_GAP / 2, y: highest, width, height: y(0) - highest });
      });
    });
  }

  measured({ rtt_ms, rtt_min_ms, rtt_max_ms, lost, sent }) {
    const values = { rtt: milliseconds(rtt_ms), min: milliseconds(rtt_min_ms), max: milliseconds(rtt_max_ms), lost, sent };
    this.#rtt.describe(say("plot.rtt_done", { way: this.#way, ...values }));
  }

  end({ throughput_bps }) {
    const values = { mbps: megabits(throughput_bps), max: megabits(this.#bps_max), s: LOAD_MS / 1000 };
    this.#throughput.describe(say("plot.throughput_done", { way: this.#way, ...values }));
  }
}
