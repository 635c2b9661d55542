// What was measured, as figures, and what it means: pure functions of values, which name texts and write none.

export const KINDS = ["udp", "tcp", "tls"];

const atPart = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];

// Figures of probes: `delays` has a delay in milliseconds for each packet sent, or undefined where it did not arrive.
export function figures(delays) {
  const sent = delays.length;
  const arrived = Array.from(delays).filter((delay) => delay !== undefined);
  if (!arrived.length) return { sent, lost: sent, loss_percent: sent ? 100 : 0 };
  let jitter = 0; // RFC 3550 6.4.1
  for (let i = 1; i < arrived.length; i++) jitter += (Math.abs(arrived[i] - arrived[i - 1]) - jitter) / 16;
  const sorted = [...arrived].sort((a, b) => a - b);
  return {
    sent,
    lost: sent - arrived.length,
    loss_percent: (100 * (sent - arrived.length)) / sent,
    rtt_ms: atPart(sorted, 0.5),
    rtt_min_ms: sorted[0],
    rtt_max_ms: sorted.at(-1),
    more_ms: atPart(sorted, 0.95) - sorted[0],
    jitter_ms: jitter,
  };
}

// What several ways are together: the first of these that one of them is.
const OVERALL = ["works", "refused", "silent", "blocked", "absent", "skipped", "not_offered"];

const overall = (ways) => OVERALL.find((state) => ways.some((way) => way.state === state)) ?? "not_offered";

// [UDP, TCP and TLS together, verdict, tone]: the first row that fits holds.
const VERDICTS = [
  ["works", "*", "udp", "good"],
  ["blocked", "works", "instead", "limited"],
  ["absent", "works", "instead", "limited"],
  ["not_offered", "works", "no_udp", "limited"],
  ["refused", "works", "udp_refused", "limited"],
  ["silent", "works", "udp_silent", "limited"],
  ["*", "works", "untried", "limited"],
  ["refused", "*", "refused", "bad"],
  ["*", "refused", "refused", "bad"],
  ["silent", "*", "silent", "bad"],
  ["*", "silent", "silent", "bad"],
  ["skipped", "*", "unfinished", "bad"],
  ["*", "skipped", "unfinished", "bad"],
  ["not_offered", "not_offered", "nothing_offered", "bad"],
  ["*", "*", "closed", "bad"],
];

// [note, whether it is due of the way that calls will use]
const POOR = [
  ["loss", (way) => way.loss_percent >= 2],
  ["jitter", (way) => way.jitter_ms >= 30],
  ["rtt", (way) => way.rtt_ms >= 250],
  ["throughput", (way, facts) => way.throughput_bps < 0.5 * facts.throughput_bps_max],
];

const OTHER_FAMILY = { ipv4: "ipv6", ipv6: "ipv4" };

// A network without IPv6 blocks nothing: a family that works by no way where the other one does is taken as absent, as is one of which the
// browser found nothing to send from; but never that by which the page came.
export function withAbsentFamilies(ways, web_family) {
  const works = (family) => ways.some((way) => way.family === family && way.state === "works");
  const failed = ["blocked", "absent"];
  const stateOf = ({ state, family }) => {
    if (!failed.includes(state)) return state;
    if (works(family) || family === web_family) return "blocked";
    return works(OTHER_FAMILY[family]) ? "absent" : state;
  };
  return ways.map((way) => ({ ...way, state: stateOf(way) }));
}

// The kinds of ways that the administrator of the network is asked for, by verdict.
const ALLOW = { instead: ["udp"], closed: ["udp", "tls", "tcp"] };

// The ways of a kind that are blocked, without those of a family that is absent if there are others.
function shutOf(ways, kind) {
  const those = (state) => ways.filter((way) => way.kind === kind && way.state === state);
  return those("blocked").length ? those("blocked") : those("absent");
}

function asksOfNetwork(id, ways, facts) {
  const asks = [];
  for (const kind of ALLOW[id] ?? []) {
    const shut = shutOf(ways, kind);
    const text = kind === "udp" || !asks.length ? kind : `${kind}_at_least`;
    for (const port of new Set(shut.map((way) => way.port))) {
      const hosts = shut.filter((way) => way.port === port).map((way) => way.host);
      asks.push({ to: "network", text, values: { port, hosts } });
    }
    if (kind === "tls" && shut.length) break; // who lets TLS through need not be asked for TCP
  }
  if (facts.signalling === "blocked") asks.push({ to: "network", text: "signalling", values: { host: facts.host, port: facts.port } });
  return asks;
}

function asksOfService(id, ways, facts) {
  const asks = [];
  const ask = (text, values = {}) => asks.push({ to: "service", text, values });
  const those = (state) => ways.filter((way) => way.state === state);
  for (const code of new Set(those("refused").map((way) => way.code)))
    ask("refused", { code, ways: those("refused").filter((way) => way.code === code) });
  if (those("silent").length) ask("silent", { ways: those("silent") });
  if (facts.signalling === "down") ask("signalling_down", { status: facts.signalling_status });
  if (id === "nothing_offered") ask("nothing_offered");
  return asks;
}

function notesOf(poor, best, ways, facts) {
  const notes = [];
  const note = (isDue, text, values = {}) => isDue && notes.push({ text, values });
  for (const text of poor)
    note(true, text, { way: best, loss: best.loss_percent, jitter: best.jitter_ms, rtt: best.rtt_ms, mbps: best.throughput_bps });
  note(best && best.kind !== "udp", "streams");
  const blocked = ways.filter((way) => way.state === "blocked");
  const hasOtherFamily = (way) => ways.some((each) => each.kind === way.kind && each.state === "works");
  const halves = best ? blocked.filter(hasOtherFamily) : [];
  note(halves.length, "family", { each: halves });
  const spare = best?.kind === "udp" ? blocked.filter((way) => way.kind !== "udp" && !hasOtherFamily(way)) : [];
  note(spare.length, "spare", { blocked: spare });
  for (const family of new Set(ways.filter((way) => way.state === "absent").map((way) => way.family))) note(true, "no_family", { family });
  note(facts.has_two_addresses, "addresses");
  note(facts.was_hidden, "hidden");
  note(facts.ran_out, "no_credentials");
  return notes;
}

// The verdict on all that was seen: {id, tone, values, asks, notes}. `facts` are {webrtc, host, port, web_family, ways, signalling,
// signalling_status, throughput_bps_max, has_two_addresses, was_hidden, ran_out}; a way is {kind, family, port, host, state, code} and has the figures if it works.
export function judge(facts) {
  if (!facts.webrtc) return { id: "no_webrtc", tone: "bad", values: {}, asks: [{ to: "network", text: "webrtc", values: {} }], notes: [] };
  const ways = withAbsentFamilies(facts.ways, facts.web_family);
  const together = [ways.filter((way) => way.kind === "udp"), ways.filter((way) => way.kind !== "udp")].map(overall);
  const [, , id, tone] = VERDICTS.find((row) => together.every((state, i) => row[i] === "*" || row[i] === state));
  const quickest = (kind) => ways.filter((way) => way.kind === kind && way.state === "works").sort((a, b) => a.rtt_ms - b.rtt_ms)[0];
  const [udp, ...others] = KINDS.map(quickest);
  const streams = others.filter(Boolean);
  const best = udp ?? streams[0];
  const poor = best ? POOR.filter(([, isDue]) => isDue(best, facts)).map(([text]) => text) : [];
  const values = {
    port: best?.port,
    rtt: best?.rtt_ms,
    blocked: ways.filter((way) => ["blocked", "absent"].includes(way.state) && !quickest(way.kind)),
    instead: streams.map((way) => way.kind),
    more: Math.max(0, ...streams.map((way) => way.more_ms)),
  };
  const isHalted = ["blocked", "down"].includes(facts.signalling);
  return {
    id,
    tone: isHalted ? "bad" : tone === "good" && poor.length ? "limited" : tone,
    values,
    asks: [...asksOfNetwork(id, ways, facts), ...asksOfService(id, ways, facts)],
    notes: notesOf(poor, best, ways, facts),
  };
}
