"""aiortc: a data channel and an audio track between two peer connections that may use nothing but relays."""

import asyncio
import contextlib
import fractions

import av
import pytest
from aiortc import MediaStreamTrack, RTCConfiguration, RTCIceServer, RTCIceTransportPolicy, RTCPeerConnection
from aiortc.mediastreams import MediaStreamError

from server import USERS

MESSAGES = [bytes([number]) * (number * 37 % 1100 + 1) for number in range(100)]
FRAMES = 40


class Tone(MediaStreamTrack):
    """Twenty milliseconds of 48 kHz sound at a time, FRAMES times."""

    kind = "audio"
    count = 0

    async def recv(self):
        if self.count == FRAMES:
            self.stop()
            raise MediaStreamError
        await asyncio.sleep(0.02)
        frame = av.AudioFrame(format="s16", layout="mono", samples=960)
        for plane in frame.planes:
            plane.update(bytes(range(192)) * (plane.buffer_size // 192))
        frame.pts, frame.sample_rate, frame.time_base = self.count * 960, 48000, fractions.Fraction(1, 48000)
        self.count += 1
        return frame


def relay_only(urls: str) -> RTCPeerConnection:
    server = RTCIceServer(urls, "user", USERS["user"])
    return RTCPeerConnection(RTCConfiguration(iceServers=[server], iceTransportPolicy=RTCIceTransportPolicy.RELAY))


async def connect(caller: RTCPeerConnection, callee: RTCPeerConnection) -> None:
    await caller.setLocalDescription(await caller.createOffer())
    await callee.setRemoteDescription(caller.localDescription)
    await callee.setLocalDescription(await callee.createAnswer())
    await caller.setRemoteDescription(callee.localDescription)
    for side in (caller, callee):
        lines = [line for line in side.localDescription.sdp.splitlines() if line.startswith("a=candidate")]
        assert lines and all(" typ relay" in line for line in lines), lines


async def stats(connection: RTCPeerConnection, kind: str):
    return next(each for each in (await connection.getStats()).values() if each.type == kind)


async def until_equal(pair, seconds: float = 3) -> int:
    """Polls two counters until the second one has caught up with the first."""
    sent = received = None
    for _ in range(int(seconds / 0.05)):
        sent, received = await pair()
        if sent == received:
            return sent
        await asyncio.sleep(0.05)
    raise AssertionError(f"{sent} sent, {received} received")


async def call(urls: str) -> None:
    caller, callee = relay_only(urls), relay_only(urls)
    echoed, drained = asyncio.Queue(), []

    @callee.on("datachannel")
    def _(channel):
        channel.on("message", channel.send)

    @callee.on("track")
    def _(track):
        async def drain():
            with contextlib.suppress(MediaStreamError):
                while True:
                    drained.append(await track.recv())

        asyncio.ensure_future(drain())

    channel = caller.createDataChannel("echo")
    channel.on("message", echoed.put_nowait)
    opened = asyncio.Event()
    channel.on("open", opened.set)
    tone = Tone()
    caller.addTrack(tone)
    try:
        await connect(caller, callee)
        await asyncio.wait_for(opened.wait(), 10)
        for message in MESSAGES:
            channel.send(message)
        assert [await asyncio.wait_for(echoed.get(), 5) for _ in MESSAGES] == MESSAGES

        async def packets():
            return (await stats(caller, "outbound-rtp")).packetsSent, (await stats(callee, "inbound-rtp")).packetsReceived

        async def octets(sender, receiver):
            return (await stats(sender, "transport")).bytesSent, (await stats(receiver, "transport")).bytesReceived

        while tone.readyState != "ended":
            await asyncio.sleep(0.02)
        assert await until_equal(packets) >= FRAMES
        assert await until_equal(lambda: octets(caller, callee)) > sum(map(len, MESSAGES))
        assert await until_equal(lambda: octets(callee, caller)) > sum(map(len, MESSAGES))
        assert drained
    finally:
        await asyncio.gather(caller.close(), callee.close())


@pytest.mark.parametrize("leg", ["udp", "tcp", "tls"])
def test_a_data_channel_and_an_audio_track_pass_the_relay(server, certificate, monkeypatch, leg):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    urls = f"turns:localhost:{server.tls_port}" if leg == "tls" else f"turn:127.0.0.1:{server.port}?transport={leg}"
    asyncio.run(asyncio.wait_for(call(urls), 30))
