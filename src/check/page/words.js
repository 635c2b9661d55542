// The texts of the page, and verdicts, figures and reports in words.

let texts = {};

export async function loadTexts() {
  texts = await (await fetch(new URL("texts.json", import.meta.url))).json();
  return texts;
}

// The text of this name with values in the places of its {names}.
export function say(name, values = {}) {
  const text = name.split(".").reduce((part, key) => part?.[key], texts);
  if (typeof text !== "string") throw new Error(`no text ${name}`);
  return text.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
}

const HARDLY_MS = 5;
const number = (value, digits = 0) => new Intl.NumberFormat(texts.lang, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
const list = (items, type = "conjunction") => new Intl.ListFormat(texts.lang, { type }).format([...new Set(items)]);
const about = (ms) => number(ms < 20 ? ms : 5 * Math.round(ms / 5));

export const milliseconds = (value) => number(value, value < 10 ? 1 : 0);
export const percent = (value) => number(value, Number.isInteger(value) || value >= 10 ? 0 : 1);
export const megabits = (bps) => number(bps / 1e6, bps < 1e5 ? 2 : 1);

export function nameOf(way, form = way.family in texts.family ? "of_family" : "plain") {
  return say(`way.${form}`, { kind: texts.kind[way.kind], port: way.port, family: texts.family[way.family] }).trim();
}

const toPort = (way) => nameOf(way, "to_port");

function areBlocked(names) {
  const several = new Set(names);
  return say(`blocked.${several.size === 1 ? "one" : "other"}`, { ways: list(several) });
}

// How each value of a verdict is written; others stand as they are.
const WRITTEN = {
  way: toPort,
  ways: (ways) => list(ways.map(toPort)),
  each: (ways) => areBlocked(ways.map((way) => nameOf(way))),
  hosts: list,
  family: (family) => texts.family[family],
  blocked: (ways) => areBlocked(ways.map(toPort)),
  instead: (kinds) => list(kinds.map((kind) => texts.kind[kind]), "disjunction"),
  more: (ms) => (ms < HARDLY_MS ? say("more.hardly") : say("more.some", { ms: about(ms) })),
  status: (status) => status ?? texts.none,
  rtt: milliseconds,
  jitter: milliseconds,
  loss: percent,
  mbps: megabits,
};

function write(name, values) {
  const written = Object.entries(values).filter(([, value]) => value !== undefined);
  return say(name, Object.fromEntries(written.map(([key, value]) => [key, WRITTEN[key] ? WRITTEN[key](value) : value])));
}

// A verdict as {headline, parts: [{heading, lines}]}.
export function inWords(verdict, host) {
  const asked = (to) => verdict.asks.filter((ask) => ask.to === to).map(({ text, values }) => write(`ask.${text}`, values));
  const parts = [
    { heading: say("heading.network"), lines: asked("network") },
    { heading: say("heading.service", { host }), lines: asked("service") },
    { heading: say("heading.notes"), lines: verdict.notes.map(({ text, values }) => write(`note.${text}`, values)) },
  ];
  return { headline: write(`verdict.${verdict.id}`, verdict.values), parts: parts.filter(({ lines }) => lines.length) };
}

// The cells of a way after its name: what it is, then its figures.
export function cellsOf(way) {
  const figure = (value, how) => (value === undefined ? texts.none : how(value));
  return [
    stateOf(way),
    figure(way.rtt_ms, milliseconds),
    figure(way.jitter_ms, milliseconds),
    figure(way.loss_percent, percent),
    figure(way.throughput_bps, megabits),
  ];
}

export const stateOf = (way) => say(`state.${way.state}`, { family: texts.family[way.family] });

function asTable(rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map((row) => row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("  ").trimEnd());
}

// The report as text: `seen` are [name, value] of what is no way.
export function asText({ time, host, address, words, ways, seen }) {
  const columns = ["way", "state", "rtt", "jitter", "loss", "throughput"].map((key) => texts.column[key]);
  const sections = [
    [say("report.title", { address, host, time })],
    [say("report.verdict", words)],
    ...words.parts.map(({ heading, lines }) => [`${heading}:`, ...lines.map((line) => `- ${line}`)]),
    asTable([columns, ...ways.map((way) => [nameOf(way), ...cellsOf(way)])]),
    seen.map(([name, value]) => `${name}: ${value}`),
  ];
  return sections.map((lines) => lines.join("\n")).join("\n\n") + "\n";
}
