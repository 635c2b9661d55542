// What the page asks of the server: credentials, and what became of a WebSocket.

const REQUEST_MS = 8_000;
const AGAIN_MS = 500;
const ASKED_MAX = 6;
const HERE = new URL(".", import.meta.url);

// A failure that has its words: `error.NAME` of the texts.
export class Failure extends Error {
  constructor(name, values = {}) {
    super(name);
    this.values = values;
  }
}

const NAMED = { 403: "forbidden", 404: "gone", 429: "too_many" };
const TOO_MANY_S = 120; // a check's credentials live no longer

async function ask(path, method) {
  let response;
  try {
    response = await fetch(new URL(path, HERE), { method, cache: "no-store", signal: AbortSignal.timeout(REQUEST_MS) });
  } catch {
    throw new Failure("unreachable");
  }
  const { status } = response;
  if (!response.ok) throw new Failure(NAMED[status] ?? "server", { status, s: Number(response.headers.get("Retry-After")) || TOO_MANY_S });
  try {
    return await response.json();
  } catch {
    throw new Failure("garbled");
  }
}

// Credentials and the ways to try; `until` is when they end, by performance.now().
export async function mint() {
  const began = performance.now();
  const minted = await ask("credentials", "POST");
  if (!Array.isArray(minted?.ways)) throw new Failure("garbled");
  return { ...minted, until: began + 1000 * minted.lifetime_s };
}

function knock(path) {
  const url = new URL(path, HERE);
  url.protocol = "wss:";
  const socket = new WebSocket(url);
  return new Promise((resolve) => {
    socket.onopen = socket.onerror = socket.onclose = resolve;
    setTimeout(resolve, REQUEST_MS);
  }).finally(() => socket.close());
}

// Whether a WebSocket gets through to LiveKit. It refuses ours, and a page is not told how: the server tells it.
export async function askSignalling({ path, seen }) {
  await knock(path);
  for (let asked = 1; ; asked++) {
    const { arrived, status } = await ask(seen, "GET");
    if (arrived && status) return status < 500 ? { signalling: "works" } : { signalling: "down", signalling_status: status };
    if (asked === ASKED_MAX) return arrived ? { signalling: "down", signalling_status: null } : { signalling: "blocked" };
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}
