"""aioice: its TURN client, and two ICE agents that may use nothing but relays, exchange data through the server."""

import asyncio
import ssl

import aioice
import pytest
from aioice import turn

from server import USERS

LEGS = ["udp", "tcp", "tls"]
PAYLOADS = [bytes([number]) * (1 + 41 * number) for number in range(30)]


def leg_options(server, leg: str) -> tuple[tuple[str, int], bool]:
    return ("localhost" if leg == "tls" else "127.0.0.1", server.tls_port if leg == "tls" else server.port), leg == "tls"


@pytest.fixture(autouse=True)
def trust_the_certificate(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))


class Collector(asyncio.DatagramProtocol):
    """Keeps what it receives; an echo peer sends it back too."""

    def __init__(self, echo: bool):
        self.echo, self.received, self.transport = echo, asyncio.Queue(), None

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        self.received.put_nowait((data, address))
        if self.echo:
            self.transport.sendto(data, address)


async def exchange_with_peer(server, leg: str) -> None:
    loop = asyncio.get_running_loop()
    peer_transport, _ = await loop.create_datagram_endpoint(lambda: Collector(echo=True), local_addr=("127.0.0.1", 0))
    peer = peer_transport.get_extra_info("sockname")
    address, tls = leg_options(server, leg)
    transport, protocol = await turn.create_turn_endpoint(
        lambda: Collector(echo=False),
        address,
        "user",
        USERS["user"],
        ssl=ssl.create_default_context() if tls else None,
        transport="tcp" if tls else leg,
    )
    try:
        for payload in PAYLOADS:
            transport.sendto(payload, peer)
            assert await asyncio.wait_for(protocol.received.get(), 2) == (payload, peer)
    finally:
        transport.close()
        peer_transport.close()
        await asyncio.sleep(0.1)


async def exchange_between_agents(server, leg: str) -> None:
    address, tls = leg_options(server, leg)
    agents = [
        aioice.Connection(
            ice_controlling=controlling,
            turn_server=address,
            turn_username="user",
            turn_password=USERS["user"],
            turn_ssl=tls,
            turn_transport="tcp" if tls else leg,
            transport_policy=aioice.TransportPolicy.RELAY,
        )
        for controlling in (True, False)
    ]
    left, right = agents
    try:
        for agent in agents:
            await agent.gather_candidates()
            assert [candidate.type for candidate in agent.local_candidates] == ["relay"]
        for agent, other in ((left, right), (right, left)):
            for candidate in other.local_candidates:
                await agent.add_remote_candidate(candidate)
            await agent.add_remote_candidate(None)
            agent.remote_username, agent.remote_password = other.local_username, other.local_password
        await asyncio.wait_for(asyncio.gather(left.connect(), right.connect()), 10)
        for payload in PAYLOADS:
            for agent, other in ((left, right), (right, left)):
                await agent.send(payload)
                assert await asyncio.wait_for(other.recv(), 2) == payload
    finally:
        for agent in agents:
            await agent.close()


@pytest.mark.parametrize("leg", LEGS)
def test_the_turn_client_of_aioice_exchanges_datagrams_with_a_peer(server, leg):
    asyncio.run(exchange_with_peer(server, leg))


@pytest.mark.parametrize("leg", LEGS)
def test_two_relay_only_agents_exchange_datagrams(server, leg):
    asyncio.run(exchange_between_agents(server, leg))
