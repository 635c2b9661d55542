// One way to the relay: two connections of this browser that reach each other by it alone, and what they measure.

import { figures } from "./verdict.js";

const CONNECT_MS = 10_000; // for allocations, then the data channel through both relays
const STUN_MS = 5_000;
const WARM_UP = { packets: 3, for_ms: 250 }; // the first packets wait for the browser itself: code that it compiles, a page that it lays out
const PROBE = { every_ms: 40, for_ms: 4_000, late_ms: 1_500, bytes: 160 }; // as a voice has it
const LOAD = { every_ms: 20, for_ms: 5_000, bytes: 1_000, headers: 72, queued_max: 1 << 16, bin_ms: 250 };

export const PROBE_MS = PROBE.for_ms;
export const PROBES = PROBE.for_ms / PROBE.every_ms;
export const LOAD_MS = LOAD.for_ms;
export const WAY_MS = CONNECT_MS + WARM_UP.for_ms + PROBE.for_ms + PROBE.late_ms + LOAD.for_ms;

const DRAWN_EVERY_MS = 100; // drawing takes time, which would be measured

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Calls `work` now, but not if it was called just before.
function seldom(work) {
  let last = -Infinity;
  return (...values) => {
    if (performance.now() - last < DRAWN_EVERY_MS) return;
    work(...values);
    last = performance.now();
  };
}

class Pair {
  #ends;
  #code = 0; // of the server's refusal
  #hasRelay = [false, false];
  #hasTried = false; // whatever came of it
  #settle;
  #settled = new Promise((resolve) => (this.#settle = resolve));

  constructor(way, { username, credential }) {
    const configuration = { iceServers: [{ urls: way.urls[0], username, credential }], iceTransportPolicy: "relay" };
    this.#ends = [new RTCPeerConnection(configuration), new RTCPeerConnection(configuration)];
    this.sender = this.#ends[0].createDataChannel("check", { ordered: false, maxRetransmits: 0 });
  }

  // How far it comes within its time, as {state, code}; if that works, `sender` and `receiver` are open.
  async connect() {
    const timer = setTimeout(() => this.#giveUp(), CONNECT_MS);
    this.#introduce().catch(() => this.#giveUp());
    return this.#settled.finally(() => clearTimeout(timer));
  }

  close() {
    for (const end of this.#ends) end.close(); // gives the relays back
  }

  #giveUp(unreached = "blocked") {
    if (this.#code) return this.#settle({ state: "refused", code: this.#code });
    this.#settle({ state: this.#hasRelay.some(Boolean) ? "silent" : unreached });
  }

  #listen(end, i, areDescribed) {
    end.onicecandidate = async ({ candidate }) => {
      if (!candidate?.candidate) return;
      this.#hasRelay[i] = true;
      await areDescribed;
      this.#ends[1 - i].addIceCandidate(candidate).catch(() => {});
    };
    end.onicecandidateerror = ({ errorCode }) => {
      this.#hasTried = true;
      if (errorCode >= 300 && errorCode < 700) this.#code = errorCode; // 701: no answer
    };
    end.onicegatheringstatechange = () => {
      if (end.iceGatheringState === "complete" && !this.#hasRelay[i]) this.#giveUp(this.#hasTried ? "blocked" : "absent");
    };
    end.oniceconnectionstatechange = () => {
      if (end.iceConnectionState === "failed") this.#giveUp();
    };
  }

  async #introduce() {
    const [one, other] = this.#ends;
    let described;
    const areDescribed = new Promise((resolve) => (described = resolve));
    this.#ends.forEach((end, i) => this.#listen(end, i, areDescribed));
    const isOpen = new Promise((resolve) => (this.sender.onopen = resolve));
    const receives = new Promise((resolve) => (other.ondatachannel = resolve));
    await one.setLocalDescription(await one.createOffer());
    await other.setRemoteDescription(one.localDescription);
    await other.setLocalDescription(await other.createAnswer());
    await one.setRemoteDescription(other.localDescription);
    described();
    this.receiver = (await receives).channel;
    this.receiver.binaryType = "arraybuffer";
    await isOpen;
    this.#settle({ state: "works" });
  }
}

// Sends probes and gives the delay of each, undefined for what does not arrive; `live` is told the delays so far.
async function probe({ sender, receiver }, live) {
  for (let i = 0; i < WARM_UP.packets; i++) sender.send(new ArrayBuffer(PROBE.bytes));
  await pause(WARM_UP.for_ms);
  const sent = [];
  const delays = new Array(PROBES).fill(undefined);
  let arrived = 0;
  receiver.onmessage = ({ data }) => {
    const which = new DataView(data).getUint32(0);
    if (delays[which] !== undefined) return;
    delays[which] = performance.now() - sent[which];
    arrived++;
  };
  const draw = seldom(live);
  const began = performance.now();
  for (let now = 0; now < PROBE.for_ms + PROBE.late_ms && arrived < PROBES && sender.readyState === "open"; now = performance.now() - began) {
    while (sent.length < PROBES && sent.length * PROBE.every_ms <= now) {
      const message = new DataView(new ArrayBuffer(PROBE.bytes));
      message.setUint32(0, sent.length);
      sent.push(performance.now());
      sender.send(message.buffer);
    }
    draw(delays, now);
    await pause(PROBE.every_ms / 2);
  }
  receiver.onmessage = null;
  live(delays, Infinity);
  return delays;
}

// Sends `bps` for a while and gives the bits a second that arrive; `live` is told them for each part of the time so far.
async function load({ sender, receiver }, bps, live) {
  const bits = 8 * (LOAD.bytes + LOAD.headers);
  const message = new ArrayBuffer(LOAD.bytes);
  const bins = new Array(LOAD.for_ms / LOAD.bin_ms).fill(0);
  const began = performance.now();
  receiver.onmessage = () => {
    const bin = Math.floor((performance.now() - began) / LOAD.bin_ms);
    if (bin < bins.length) bins[bin] += (1000 * bits) / LOAD.bin_ms;
  };
  const draw = seldom(live);
  let sent = 0;
  for (let now = 0; now < LOAD.for_ms && sender.readyState === "open"; now = performance.now() - began) {
    for (const due = Math.floor((bps * now) / 1000 / bits); sent < due; sent++) {
      if (sender.bufferedAmount < LOAD.queued_max) sender.send(message);
    }
    draw(bins);
    await pause(LOAD.every_ms);
  }
  receiver.onmessage = null;
  live(bins);
  return bins.reduce((sum, each) => sum + each, 0) / bins.length;
}

// The state of a way and its figures if it works; `show` is told what is measured meanwhile.
export async function tryWay(way, minted, show) {
  const pair = new Pair(way, minted);
  const close = () => pair.close();
  window.addEventListener("pagehide", close);
  try {
    const reached = await pair.connect();
    if (reached.state !== "works") return reached;
    show.begin();
    const measured = figures(await probe(pair, (delays, ms) => show.delays(delays, ms)));
    if (measured.lost === measured.sent) return { state: "silent" };
    show.measured(measured);
    const throughput_bps = await load(pair, minted.throughput_bps_max, (bins) => show.bins(bins));
    return { ...reached, ...measured, throughput_bps };
  } finally {
    window.removeEventListener("pagehide", close);
    close();
  }
}

// An address, and not the name that stands for one where the browser keeps it to itself.
const isAddress = (text) => /^[\d.]+$|:/.test(text ?? "");

// The addresses from which this browser's datagrams come, as STUN servers see them: empty if they answer and the browser does not tell,
// null if none answers.
export async function askStun(urls) {
  const end = new RTCPeerConnection({ iceServers: [{ urls }] });
  const seen = { host: new Set(), srflx: new Set() };
  const failed = new Set();
  const isAsked = (address) => urls.some((url) => url.includes("[") === address.includes(":"));
  try {
    const isComplete = await new Promise((resolve, reject) => {
      end.onicecandidateerror = ({ url }) => failed.add(url);
      end.onicecandidate = ({ candidate }) => {
        if (!candidate) return resolve(true);
        const address = candidate.address?.replace(/^\[|\]$/g, ""); // Chromium has brackets around those of IPv6
        if (isAddress(address) && isAsked(address)) seen[candidate.type]?.add(address);
      };
      setTimeout(resolve, STUN_MS, false);
      end.createDataChannel("stun");
      end.setLocalDescription().catch(reject);
    });
    if (seen.srflx.size) return [...seen.srflx];
    return isComplete && failed.size < urls.length ? [...seen.host] : null; // seen as what they are, they are not named again
  } finally {
    end.close();
  }
}
