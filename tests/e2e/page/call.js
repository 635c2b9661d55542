// A participant of a call: joins a room with audio, video and data, and tells what arrives and by which way.
const { Room, RoomEvent, createLocalTracks } = LivekitClient;
const PICTURE = { width: 320, height: 180, frameRate: 10 };
const BEAT_MS = 100;
const TOLD = [RoomEvent.Connected, RoomEvent.SignalReconnecting, RoomEvent.Reconnecting, RoomEvent.Reconnected, RoomEvent.Disconnected];

let isStubborn = false; // keeps its connections whatever the SFU says, as who is thrown out might

// All that livekit-client makes, to ask them for statistics.
const connections = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...configuration) {
    super(...configuration);
    connections.push(this);
  }

  close() {
    if (!isStubborn) super.close();
  }
};

let room;
const heard = {}; // messages by sender
const events = []; // [event, milliseconds since join() was called]

// `rtcConfig` is what livekit-client takes of that name. The promise is kept when everything is published.
async function join(url, token, rtcConfig) {
  const began = performance.now();
  room = new Room({ publishDefaults: { simulcast: false, videoCodec: "vp8" } });
  for (const event of TOLD) room.on(event, () => events.push([event, performance.now() - began]));
  room.on(RoomEvent.TrackSubscribed, (track) => document.body.append(track.attach()));
  room.on(RoomEvent.DataReceived, (_, sender) => (heard[sender.identity] = (heard[sender.identity] ?? 0) + 1));
  await room.connect(url, token, { rtcConfig });
  const tracks = await createLocalTracks({ audio: true, video: { resolution: PICTURE } });
  await Promise.all(tracks.map((track) => room.localParticipant.publishTrack(track)));
  setInterval(() => room.localParticipant.publishData(new Uint8Array(100), { reliable: true }).catch(() => {}), BEAT_MS);
  return { sid: room.localParticipant.sid, ms: performance.now() - began };
}

// An RTCIceServer for the owner of this access token.
async function exchange(url, token) {
  const response = await fetch(url, { method: "POST", headers: { Authorization: `Bearer ${token}` } });
  return response.json();
}

function beStubborn() {
  isStubborn = true;
}

// The chosen pair of candidates of a connection, and the streams that come in by it.
async function describe(connection) {
  const stats = await connection.getStats();
  const entries = (type) => [...stats.values()].filter((entry) => entry.type === type);
  const pairs = entries("transport").flatMap((transport) => stats.get(transport.selectedCandidatePairId) ?? []);
  return {
    state: connection.connectionState,
    ways: pairs.map((pair) => {
      const { candidateType, relayProtocol } = stats.get(pair.localCandidateId);
      return { candidateType, relayProtocol, rtt: pair.currentRoundTripTime, packetsReceived: pair.packetsReceived };
    }),
    streams: entries("inbound-rtp").map(({ kind, packetsReceived, packetsLost, framesDecoded }) => {
      return { kind, packetsReceived, packetsLost, framesDecoded };
    }),
  };
}

async function report() {
  const open = connections.filter((connection) => connection.connectionState !== "closed");
  return { state: room?.state, heard, events, connections: await Promise.all(open.map(describe)) };
}
