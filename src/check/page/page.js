// The connectivity check: tries the ways to the relay one after the other and shows what comes of it.

import { Plot } from "./plot.js";
import { askSignalling, Failure, mint } from "./server.js";
import { judge, KINDS, withAbsentFamilies } from "./verdict.js";
import { askStun, tryWay, WAY_MS } from "./ways.js";
import { asText, cellsOf, inWords, loadTexts, megabits, nameOf, say } from "./words.js";

const DEFAULT_BPS_MAX = 2_000_000;
const MARGIN_MS = 2_000;
const UNBROKEN = "\u00a0"; // a space at which no line breaks
const LOCK = "turnpike-check"; // held by the tab that measures

const at = (id) => document.getElementById(id);

function made(name, text, attributes = {}) {
  const element = document.createElement(name);
  element.textContent = text;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

// --- What is shown ---

function showTexts(texts) {
  document.documentElement.lang = texts.lang;
  document.title = say("title");
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = say(element.dataset.text);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", say(element.dataset.label));
  at("subject").textContent = say("subject", { host: location.hostname });
  at("how").replaceChildren(...texts.how.map((_, i) => made("p", say(`how.${i}`, { mbps: megabits(DEFAULT_BPS_MAX) }))));
  at("explained").hidden = false;
}

function showHeadline(text, tone) {
  at("headline").textContent = text;
  at("verdict").dataset.tone = tone;
}

function showAdvice(parts) {
  at("advice").replaceChildren(
    ...parts.flatMap(({ heading, lines }) => {
      const items = made("ul", "");
      items.append(...lines.map((line) => made("li", line)));
      return [made("h3", heading), items];
    }),
  );
}

function showState(way) {
  const [state, ...numbers] = cellsOf(way);
  way.row.dataset.state = way.state;
  const cell = made("td", "", { class: "state" });
  cell.append(made("span", say(`mark.${way.state}`), { class: "mark", "aria-hidden": "true" }), state);
  way.row.replaceChildren(made("th", nameOf(way).replace(" ", UNBROKEN), { scope: "row" }), cell, ...numbers.map((text) => made("td", text, { class: "number" })));
}

function showWays(ways) {
  for (const way of ways) way.row = document.createElement("tr");
  at("ways").replaceChildren(...ways.map(({ row }) => row));
  ways.forEach(showState);
}

// [name, value] of what is no way.
function seenOf({ signalling, stun, address, server }) {
  const told = stun?.list ? stun.list.join(", ") || say("stun.same") : say(`stun.${stun?.state ?? "trying"}`);
  return [
    [say("seen.signalling"), say(`signalling.${signalling ?? "trying"}`)],
    [say("seen.udp"), told],
    [say("seen.tls"), address],
    [say("seen.server"), server],
  ];
}

function showSeen(check) {
  at("seen").replaceChildren(...seenOf(check).flatMap(([name, value]) => [made("dt", name), made("dd", value)]));
}

// --- The check ---

const familyOf = (address) => (address.includes(":") ? "ipv6" : "ipv4");
const hostOf = (url) => /^turns?:(?:\[([^\]]+)\]|([^:?]+))/.exec(url).slice(1).find(Boolean);

// The ways that the server offers, and a row for each kind that it does not.
function waysOf(minted) {
  const offered = minted.ways.map(({ id, kind, family, port, urls }) => ({ id, kind, family, port, urls, host: hostOf(urls[0]), state: "waiting" }));
  const missing = KINDS.filter((kind) => !offered.some((way) => way.kind === kind));
  const others = missing.map((kind) => ({ id: kind, kind, family: "any", port: "", urls: [], host: "", state: "not_offered" }));
  return [...offered, ...others].sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
}

// Credentials that last for one more way: those there are, or new ones.
async function lasting(check) {
  if (performance.now() + WAY_MS + MARGIN_MS > check.minted.until && check.isUsed) check.minted = await mint();
  check.isUsed = true;
  return check.minted;
}

async function tryOne(check, way) {
  const plot = new Plot(at("plots"), way, check.throughput_bps_max);
  let result = await tryWay(way, await lasting(check), plot);
  if (result.code === 401) {
    check.minted = await mint(); // the server's clock is ahead of what it said
    result = await tryWay(way, check.minted, plot);
  }
  if (result.state === "works") plot.end(result);
  if (result.state === "absent" && [familyOf(check.address), "any"].includes(way.family)) return { state: "blocked" };
  return result;
}

async function tryAll(check) {
  for (const way of check.ways.filter(({ state }) => state === "waiting")) {
    way.state = "trying";
    showState(way);
    showHeadline(say("running.reach", { way: nameOf(way) }), "running");
    try {
      Object.assign(way, check.ran_out ? { state: "skipped" } : await tryOne(check, way));
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
      check.ran_out = true;
      way.state = "skipped";
    }
    showState(way);
    at("progress").value++;
  }
  showHeadline(say("running.last"), "running");
}

async function lookAround(check) {
  const signalling = async () => {
    const found = check.minted.signalling ? await askSignalling(check.minted.signalling).catch(() => ({ signalling: "unknown" })) : {};
    Object.assign(check, { signalling: "not_offered", ...found });
    showSeen(check);
  };
  const stun = async () => {
    const urls = check.minted.stun ?? [];
    const list = urls.length && check.webrtc ? await askStun(urls).catch(() => null) : null;
    check.stun = list ? { list } : { state: !urls.length ? "not_offered" : check.webrtc ? "silent" : "no_webrtc" };
    showSeen(check);
  };
  await Promise.all([signalling(), stun()]);
}

// What judge() takes.
function factsOf(check) {
  const web_family = familyOf(check.address);
  const here = { host: location.hostname, port: Number(location.port) || 443, web_family };
  const beside = (check.stun?.list ?? []).filter((address) => familyOf(address) === web_family);
  const ways = check.ways.map(({ row, urls, ...way }) => way);
  const { webrtc, signalling, signalling_status, throughput_bps_max, was_hidden = false, ran_out = false } = check;
  const has_two_addresses = beside.length > 0 && !beside.includes(check.address);
  return { ...here, webrtc, ways, signalling, signalling_status, throughput_bps_max, has_two_addresses, was_hidden, ran_out };
}

const asJson = (value) => JSON.stringify(value, (_, each) => (typeof each === "number" ? Math.round(1000 * each) / 1000 : each), 2) + "\n";

function conclude(check) {
  const facts = factsOf(check);
  const ways = withAbsentFamilies(facts.ways, facts.web_family);
  const verdict = judge(facts);
  const { id, tone } = verdict;
  const words = inWords(verdict, location.hostname);
  showWays(ways);
  showHeadline(words.headline, tone);
  showAdvice(words.parts);
  const time = new Date();
  const seen = [...seenOf(check), [say("report.browser"), navigator.userAgent]];
  const written = ways.map(({ row, ...way }) => way);
  const address = { tls: check.address, udp: check.stun?.list ?? null };
  const { host, port, throughput_bps_max, signalling, signalling_status = null, was_hidden } = facts;
  const told = { format: 1, time: time.toISOString(), host, port, server: check.server, browser: navigator.userAgent, address, throughput_bps_max };
  report = {
    text: asText({ time: `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`, host, address: check.address, words, ways, seen }),
    json: asJson({ ...told, was_hidden, ways: written, signalling, signalling_status, verdict: { id, tone, ...words } }),
  };
  at("report").hidden = false;
}

async function run() {
  showHeadline(say("running.start"), "running");
  const minted = await mint();
  const { address, server, throughput_bps_max = DEFAULT_BPS_MAX } = minted;
  const check = { minted, address, server, throughput_bps_max, ways: waysOf(minted), webrtc: "RTCPeerConnection" in window };
  const watch = () => (check.was_hidden ||= document.hidden);
  watch();
  document.addEventListener("visibilitychange", watch);
  try {
    if (!check.webrtc) for (const way of check.ways) if (way.state === "waiting") way.state = "skipped";
    at("progress").max = check.ways.filter(({ state }) => state === "waiting").length || 1;
    showWays(check.ways);
    showSeen(check);
    at("results").hidden = false;
    await Promise.all([tryAll(check), lookAround(check)]);
    conclude(check);
  } finally {
    document.removeEventListener("visibilitychange", watch);
  }
}

// --- Beginning, and what is left at the end ---

let isRunning = false;
let report = null;

function clear() {
  report = null;
  showAdvice([]);
  for (const id of ["plots", "ways", "seen", "copied"]) at(id).replaceChildren();
  for (const id of ["results", "report", "by-hand"]) at(id).hidden = true;
  at("progress").value = 0;
}

function setRunning(is) {
  isRunning = is;
  at("progress").hidden = !is;
  at("again").hidden = false;
  at("again").setAttribute("aria-disabled", is); // and not `disabled`, which would take the focus away
}

// One tab at a time, where the browser has locks.
function alone(work) {
  if (!navigator.locks) return work();
  return navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => {
    if (!lock) throw new Failure("other_tab");
    return work();
  });
}

async function check() {
  if (isRunning) return;
  setRunning(true);
  clear();
  try {
    await alone(run);
  } catch (error) {
    const isNamed = error instanceof Failure;
    showHeadline(say(`error.${isNamed ? error.message : "broken"}`, isNamed ? error.values : { message: error.message }), "bad");
  } finally {
    setRunning(false);
  }
}

async function copy(form) {
  const text = report[form];
  at("copied").textContent = "";
  try {
    await navigator.clipboard.writeText(text);
    at("by-hand").hidden = true;
    at("copied").textContent = say("report.copied");
  } catch {
    at("copied").textContent = say("report.by_hand");
    at("by-hand").hidden = false;
    at("by-hand").value = text;
    at("by-hand").focus();
    at("by-hand").select();
  }
}

async function start() {
  showTexts(await loadTexts());
  at("again").addEventListener("click", check);
  at("copy-text").addEventListener("click", () => copy("text"));
  at("copy-json").addEventListener("click", () => copy("json"));
  await check();
}

start();
