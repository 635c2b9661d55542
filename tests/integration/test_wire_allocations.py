"""Binding, Allocate, repeated requests and Refresh on real sockets (RFC 8489 6.3.1, RFC 8656 5 to 8)."""

import itertools
import time

import pytest

import wire
from client import Client, Peer, answers_to, is_closed_within
from server import USERS, free_port
from wire import ALLOCATE, CHANNEL_BIND, CREATE_PERMISSION, IPV4_FAMILY, IPV6_FAMILY, REFRESH, REQUEST, UDP

DUAL = (wire.ADDITIONAL_ADDRESS_FAMILY, IPV6_FAMILY)
EVEN, EVEN_AND_NEXT = (wire.EVEN_PORT, b"\0"), (wire.EVEN_PORT, b"\x80")
PEER = ("127.0.0.1", 9)
TRANSPORTS = ["udp", "tcp", "tls"]


def family(value: bytes) -> wire.Attribute:
    return wire.REQUESTED_ADDRESS_FAMILY, value


def token_of(answer: wire.Message) -> wire.Attribute:
    return wire.RESERVATION_TOKEN, answer.get(wire.RESERVATION_TOKEN)


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("host, size", [("127.0.0.1", 32), ("::1", 44)])
def test_a_binding_tells_the_source_address_BIND_01_BIND_02_BIND_03_BIND_07_MSG_19(server, transport, host, size):
    with Client(server, transport, host) as client:
        answer = client.ask(wire.binding())
        assert answer.address(wire.XOR_MAPPED_ADDRESS) == client.address
        assert answer.get(wire.MAPPED_ADDRESS) is None
        assert wire.SOFTWARE in answer.kinds() or len(answer.raw) == size


def test_the_same_binding_gets_the_same_answer_BIND_04(server):
    request = wire.binding()
    with Client(server) as client:
        assert len({client.ask(request).raw for _ in range(100)}) == 1


def test_a_binding_works_before_inside_and_after_an_allocation_BIND_05_TURN_GEN_10(server):
    with Client(server) as client:
        assert client.is_alive()
        client.allocate()
        assert client.is_alive()
        assert client.refresh(0).code == 0 and client.is_alive()
        client.allocate()


def test_ipv4_clients_of_a_dual_stack_socket_are_shown_as_ipv4_BIND_08(launch):
    dual_stack = launch({"listen": {"udp": ["[::]:{port}"], "tcp": ["[::]:{port}"], "tls": []}})
    for transport, host in itertools.product(["udp", "tcp"], ["127.0.0.1", "::1"]):
        with Client(dual_stack, transport, host) as client:
            assert client.ask(wire.binding()).address(wire.XOR_MAPPED_ADDRESS) == client.address
            client.allocate()


def test_the_server_answers_nothing_that_comes_from_peers_BIND_11_TURN_DATA_07(server):
    with Client(server) as client, Peer() as peer:
        relay = client.relay()
        assert client.permit(peer.address) == 0
        for raw in (wire.binding(), wire.message(ALLOCATE, REQUEST, [UDP]), b"\x40\x60 RTP of an odd version", bytes(100)):
            peer.send(raw, relay)
            assert client.receive_data() == (peer.address, raw)
        assert peer.receive(0.1) is None


def test_one_client_port_over_udp_and_tcp_has_two_allocations_TURN_GEN_01(server):
    source = ("127.0.0.1", free_port())
    with Client(server, "udp", source=source) as udp, Client(server, "tcp", source=source) as tcp:
        assert udp.address == tcp.address and udp.relay() != tcp.relay()


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_requests_without_an_allocation_get_437_TURN_GEN_02_TURN_REFR_01(server, transport):
    with Client(server, transport) as client:
        assert [client.refresh().code, client.permit(PEER), client.bind(0x4000, PEER)] == [437, 437, 437]


def test_indications_and_channel_data_without_an_allocation_are_dropped_TURN_GEN_03_FRM_04(server):
    send = wire.message(wire.SEND, wire.INDICATION, [wire.peer(PEER), (wire.DATA, b"data")])
    assert answers_to(server, {"Send": send, "ChannelData": wire.channel_data(0x4000, b"data")}) == []


def test_relays_are_distinct_random_and_from_the_range_TURN_GEN_04_TURN_ALLOC_23_TURN_ALLOC_24(server):
    clients = [Client(server) for _ in range(400)]
    ports = [client.relay()[1] for client in clients]
    for client in clients:
        client.close()
    assert len(set(ports)) == 400 and min(ports) >= 49152 and max(ports) <= 65535
    upper = sum(port >= (49152 + 65536) // 2 for port in ports)
    assert 100 < upper < 300
    steps = [later - earlier for earlier, later in itertools.pairwise(ports)]
    assert sum(abs(step) <= 2 for step in steps) < 20


@pytest.mark.parametrize("traffic", [True, False], ids=["with_traffic", "idle"])
def test_an_allocation_ends_at_its_time_whatever_it_relays_TURN_GEN_05(launch, traffic):
    short = launch({"limits": {"lifetime_default_s": 1, "lifetime_max_s": 2}})
    with Client(short) as client, Peer() as peer:
        answer = client.allocate()
        assert answer.lifetime_s() == 1
        assert client.bind(0x4000, peer.address) == 0
        until = time.monotonic() + 1.6
        while time.monotonic() < until:
            if traffic:
                client.send_channel(0x4000, b"still here")
            time.sleep(0.05)
        assert client.refresh().code == 437
        assert is_closed_within(answer.relays()[0], 0.5)


def test_the_quota_counts_by_user_and_not_by_address_TURN_GEN_07_TURN_ALLOC_21(launch):
    small = launch({"limits": {"allocations_per_user": 2}})
    with Client(small) as first, Client(small, "tcp") as second, Client(small, host="::1") as third, Client(small, user="user2") as other:
        first.allocate()
        second.allocate()
        assert third.request(ALLOCATE, [UDP]).code == 486
        other.allocate()
        assert first.refresh(0).code == 0
        third.allocate()


def test_a_freed_port_rests_while_others_are_free_TURN_GEN_08(launch):
    resting = launch({"relay": {"ports": "31000-31007", "port_quiet_s": 30, "addresses": ["127.0.0.1"]}})
    with Client(resting) as client:
        first = client.relay()
        assert client.refresh(0).code == 0
        others = [Client(resting, user="user2") for _ in range(4)]
        assert first not in [other.relay() for other in others]
        for other in others:
            other.close()


@pytest.mark.parametrize(
    "attributes, code",
    [([], 400), ([(wire.REQUESTED_TRANSPORT, b"\x11")], 400)]
    + [([(wire.REQUESTED_TRANSPORT, bytes([protocol, 0, 0, 0]))], 442) for protocol in (0, 1, 6, 132, 255)],
)
def test_other_transports_are_refused_TURN_ALLOC_03_TURN_ALLOC_04(server, attributes, code):
    with Client(server) as client:
        assert client.request(ALLOCATE, attributes).code == code


def test_a_second_allocate_gets_437_TURN_ALLOC_02(server):
    with Client(server) as client:
        client.allocate()
        assert client.request(ALLOCATE, [UDP]).code == 437


def test_of_two_faults_the_first_in_the_order_of_the_rfc_is_told_TURN_ALLOC_35(server):
    token, sctp = (wire.RESERVATION_TOKEN, bytes(8)), (wire.REQUESTED_TRANSPORT, b"\x84\0\0\0")
    with Client(server) as client:
        assert client.request(ALLOCATE, [sctp, token, EVEN]).code == 442
        assert client.request(ALLOCATE, [UDP, token, family(b"\3\0\0\0")]).code == 400
        assert client.request(ALLOCATE, [UDP, EVEN_AND_NEXT, DUAL, (0x7F01, b"")]).code == 420
        client.allocate()
        assert client.request(ALLOCATE, [sctp]).code == 437
        assert client.request(ALLOCATE, [UDP, (0x7F01, b"")]).code == 420


def test_dont_fragment_is_supported_TURN_ALLOC_05(server):
    with Client(server) as client:
        client.allocate((wire.DONT_FRAGMENT, b""))


BAD_COMBINATIONS = {
    "token and EVEN-PORT, TURN_ALLOC_06": ([(wire.RESERVATION_TOKEN, bytes(8)), EVEN], 400),
    "token and family, TURN_ALLOC_06": ([(wire.RESERVATION_TOKEN, bytes(8)), family(IPV4_FAMILY)], 400),
    "token and additional family, TURN_ALLOC_06": ([(wire.RESERVATION_TOKEN, bytes(8)), DUAL], 400),
    "unknown token, TURN_ALLOC_07": ([(wire.RESERVATION_TOKEN, b"8 octets")], 508),
    "token of 7, TURN_ALLOC_08": ([(wire.RESERVATION_TOKEN, bytes(7))], 400),
    "token of 9, TURN_ALLOC_08": ([(wire.RESERVATION_TOKEN, bytes(9))], 400),
    "family and additional family, TURN_ALLOC_09": ([family(IPV4_FAMILY), DUAL], 400),
    "family 0, TURN_ALLOC_10": ([family(bytes(4))], 440),
    "family 3, TURN_ALLOC_10": ([family(b"\3\0\0\0")], 440),
    "EVEN-PORT with R and additional family, TURN_ALLOC_12": ([EVEN_AND_NEXT, DUAL], 400),
    "additional family 1, TURN_ALLOC_17": ([(wire.ADDITIONAL_ADDRESS_FAMILY, IPV4_FAMILY)], 400),
    "additional family 3, TURN_ALLOC_17": ([(wire.ADDITIONAL_ADDRESS_FAMILY, b"\3\0\0\0")], 400),
}


@pytest.mark.parametrize("name", BAD_COMBINATIONS)
def test_bad_combinations_of_attributes_are_refused(server, name):
    attributes, code = BAD_COMBINATIONS[name]
    with Client(server) as client:
        assert client.request(ALLOCATE, [UDP, *attributes]).code == code
        client.allocate()  # a refused one leaves nothing behind


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("asked, relay", [([], "127.0.0.1"), ([family(IPV4_FAMILY)], "127.0.0.1"), ([family(IPV6_FAMILY)], "::1")])
def test_the_relay_has_the_family_that_was_asked_for_TURN_ALLOC_11(server, host, asked, relay):
    with Client(server, host=host) as client:
        assert client.relay(*asked)[0] == relay


def test_a_server_without_ipv6_relays_TURN_ALLOC_10_TURN_ALLOC_19(launch):
    only_ipv4 = launch({"relay": {"addresses": ["127.0.0.1"]}})
    with Client(only_ipv4) as client:
        assert client.request(ALLOCATE, [UDP, family(IPV6_FAMILY)]).code == 440
        answer = client.allocate(DUAL)
        assert len(answer.relays()) == 1
        assert answer.get(wire.ADDRESS_ERROR_CODE)[:4] == b"\x02\0\x04\x28"  # 440 for IPv6


def test_a_server_without_ipv4_relays_TURN_ALLOC_11(launch):
    only_ipv6 = launch({"relay": {"addresses": ["::1"]}})
    with Client(only_ipv6) as client:
        assert client.request(ALLOCATE, [UDP, family(IPV4_FAMILY)]).code == 440
        assert client.relay()[0] == "::1"  # who names no family gets the one that is there


def test_even_ports_TURN_ALLOC_12_TURN_ALLOC_13(server):
    for _ in range(50):
        with Client(server) as client:
            assert client.relay(EVEN)[1] % 2 == 0
            assert client.refresh(0).code == 0
    with Client(server) as client:
        assert [port % 2 for _, port in client.allocate(EVEN, DUAL).relays()] == [0, 0]


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_the_next_port_is_reserved_for_the_holder_of_the_token_TURN_ALLOC_07_TURN_ALLOC_14_TURN_ALLOC_15(server, transport):
    with Client(server) as first, Client(server, transport) as second, Client(server) as third:
        answer = first.allocate(EVEN_AND_NEXT)
        host, port = answer.relays()[0]
        assert port % 2 == 0 and len(answer.get(wire.RESERVATION_TOKEN)) == 8
        assert second.relay(token_of(answer)) == (host, port + 1)
        assert third.request(ALLOCATE, [UDP, token_of(answer)]).code == 508


def test_a_held_port_counts_against_the_quota_and_goes_to_nobody_else_TURN_ALLOC_16(launch):
    tiny = launch({"relay": {"ports": "31100-31103", "addresses": ["127.0.0.1"]}, "limits": {"allocations_per_user": 3}})
    with Client(tiny) as first, Client(tiny) as second, Client(tiny) as third, Client(tiny, user="user2") as other:
        answer = first.allocate(EVEN_AND_NEXT)
        second.allocate()
        assert third.request(ALLOCATE, [UDP]).code == 486
        other.allocate()
        with Client(tiny, user="user2") as another:
            assert another.request(ALLOCATE, [UDP]).code == 508
        assert third.relay(token_of(answer))[1] == answer.relays()[0][1] + 1


def test_a_dual_allocation_has_a_relay_of_each_family_TURN_ALLOC_18_TURN_ALLOC_26(server):
    with Client(server) as client, Peer("127.0.0.1") as old, Peer("::1") as new:
        answer = client.allocate(DUAL)
        assert [host for host, _ in answer.relays()] == ["127.0.0.1", "::1"]
        assert client.permit(old.address, new.address) == 0
        for peer, relay in zip((old, new), answer.relays()):
            client.send_to(peer.address, b"ping")
            assert peer.receive() == (b"ping", relay)
            peer.send(b"pong", relay)
            assert client.receive_data() == (peer.address, b"pong")


LIFETIMES = [(None, 600), (0, 600), (1, 600), (600, 600), (601, 601), (3600, 3600), (3601, 3600), (2**32 - 1, 3600)]


@pytest.mark.parametrize("asked, granted", LIFETIMES)
def test_lifetimes_and_the_set_of_attributes_TURN_ALLOC_25_TURN_ALLOC_26_MSG_18(server, asked, granted):
    with Client(server) as client:
        answer = client.allocate(*([] if asked is None else [(wire.LIFETIME, wire.u32(asked))]))
        assert answer.lifetime_s() == granted
        assert answer.address(wire.XOR_MAPPED_ADDRESS) == client.address
        sent = {wire.XOR_RELAYED_ADDRESS, wire.LIFETIME, wire.XOR_MAPPED_ADDRESS, wire.MESSAGE_INTEGRITY}
        assert set(answer.kinds()) - {wire.SOFTWARE} == sent


def test_the_external_address_is_shown_TURN_ALLOC_27(launch):
    behind_nat = launch({"relay": {"external": {"127.0.0.1": "198.51.100.7"}}})
    with Client(behind_nat) as client, Peer() as peer:
        host, port = client.relay()
        assert host == "198.51.100.7" and client.permit(peer.address) == 0
        client.send_to(peer.address, b"hello")
        assert peer.receive() == (b"hello", ("127.0.0.1", port))


def test_a_new_allocation_has_no_permissions_and_no_channels_TURN_ALLOC_28_TURN_REFR_09(server):
    with Client(server) as client, Peer() as peer:
        for _ in range(2):
            relay = client.relay()
            peer.send(b"unpermitted", relay)
            client.send_channel(0x4000, b"unbound")
            assert client.receive(0.1) is None and peer.receive(0.05) is None
            assert client.bind(0x4000, peer.address) == 0
            client.send_channel(0x4000, b"bound")
            assert peer.receive() == (b"bound", relay)
            assert client.refresh(0).code == 0


def test_exhausted_ports_get_508_TURN_ALLOC_29_TURN_ALLOC_20_TURN_ALLOC_13(launch):
    tiny = launch({"relay": {"ports": "31200-31201"}})
    with Client(tiny) as first, Client(tiny) as second, Client(tiny) as third:
        assert first.relay(EVEN)[1] == 31200
        assert second.request(ALLOCATE, [UDP, EVEN]).code == 508
        assert second.relay()[1] == 31201
        assert third.request(ALLOCATE, [UDP]).code == 508
        answer = third.allocate(DUAL)
        assert [host for host, _ in answer.relays()] == ["::1"]
        assert answer.get(wire.ADDRESS_ERROR_CODE)[:4] == b"\x01\0\x05\x08"  # 508 for IPv4


def test_failing_allocates_leave_nothing_behind_TURN_ALLOC_32(launch):
    tiny = launch({"relay": {"ports": "31300-31301", "addresses": ["127.0.0.1"]}, "limits": {"allocations_per_user": 2}})
    with Client(tiny) as client, Client(tiny) as other:
        bad = [([], 400), ([UDP, EVEN_AND_NEXT, DUAL], 400), ([UDP, (0x7F01, b"")], 420), ([UDP, family(IPV6_FAMILY)], 440)]
        for attributes, code in bad * 50:
            assert client.request(ALLOCATE, attributes).code == code
        client.allocate()
        other.allocate()


def test_the_relay_receives_as_soon_as_the_success_is_there_TURN_ALLOC_33(server):
    for _ in range(50):
        with Client(server) as client, Peer() as peer:
            relay = client.relay()
            assert client.permit(peer.address) == 0
            peer.send(b"at once", relay)
            assert client.receive_data() == (peer.address, b"at once")


def test_a_repeated_allocate_gets_the_same_relay_and_token_RTX_01_RTX_02_RTX_07(server):
    with Client(server) as client:
        client.challenge()
        attributes, transaction = [UDP, EVEN_AND_NEXT], b"transaction!"
        answers = [client.request(ALLOCATE, [*attributes, (wire.TRANSMIT_COUNTER, bytes([0, 0, n, 0]))], transaction) for n in (1, 2)]
        assert [answer.code for answer in answers] == [0, 0]
        assert answers[0].relays() == answers[1].relays() and token_of(answers[0]) == token_of(answers[1])
        assert client.request(ALLOCATE, attributes).code == 437


def test_repeated_requests_change_nothing_twice_RTX_01_RTX_05_RTX_06(server):
    with Client(server) as client, Peer() as peer:
        client.allocate()
        peer_address = wire.peer(peer.address)
        for method, attributes in ((CREATE_PERMISSION, [peer_address]), (CHANNEL_BIND, [wire.channel_number(0x4000), peer_address])):
            raw = client.signed(method, attributes)
            assert [client.ask(raw).code for _ in range(2)] == [0, 0]
        raw = client.signed(REFRESH, [(wire.LIFETIME, wire.u32(0))])
        assert client.ask(raw).code == 0 and client.ask(raw).code in (0, 437)


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_a_repeated_allocate_on_a_stream_makes_no_second_allocation_RTX_09(launch, transport):
    one = launch({"limits": {"allocations_per_user": 1}})
    with Client(one, transport) as client:
        raw = client.signed(ALLOCATE, [UDP])
        first, second = client.ask(raw), client.ask(raw)
        assert first.code == 0 and (second.code == 437 or second.relays() == first.relays())


def test_a_refresh_of_zero_deletes_TURN_REFR_02_TURN_REFR_10(server):
    with Client(server) as client:
        relay = client.relay()
        answer = client.refresh(0)
        assert answer.lifetime_s() == 0 and set(answer.kinds()) - {wire.SOFTWARE} == {wire.LIFETIME, wire.MESSAGE_INTEGRITY}
        assert client.refresh().code == 437 and is_closed_within(relay, 1)


@pytest.mark.parametrize("asked, granted", [each for each in LIFETIMES if each[0] != 0])
def test_a_refresh_computes_the_lifetime_as_allocate_does_TURN_REFR_03_TURN_REFR_04(server, asked, granted):
    with Client(server) as client:
        client.allocate((wire.LIFETIME, wire.u32(3600)))
        assert client.refresh(asked).lifetime_s() == granted


@pytest.mark.parametrize("lifetime_s", [None, 600, 0])
def test_a_refresh_of_another_family_gets_443_and_changes_nothing_TURN_REFR_05(server, lifetime_s):
    with Client(server) as client:
        client.allocate()
        assert client.refresh(lifetime_s, family(IPV6_FAMILY)).code == 443
        assert client.refresh(None, family(IPV4_FAMILY)).code == 0


def test_one_half_of_a_dual_allocation_can_go_TURN_REFR_06_TURN_REFR_08(server):
    with Client(server) as client, Peer("127.0.0.1") as old, Peer("::1") as new:
        relays = client.allocate(DUAL).relays()
        assert client.permit(old.address, new.address) == 0 and client.bind(0x4000, old.address) == 0
        assert client.refresh(0, family(IPV6_FAMILY)).code == 0
        assert is_closed_within(relays[1], 1)
        client.send_to(new.address, b"gone")
        client.send_channel(0x4000, b"still here")
        assert old.receive() == (b"still here", relays[0]) and new.receive(0.05) is None
        assert client.permit(new.address) == 443
        assert client.refresh(None, family(IPV6_FAMILY)).code == 443
        assert client.refresh(0, family(IPV4_FAMILY)).code == 0
        assert client.refresh().code == 437


def test_a_refresh_without_family_deletes_both_halves_TURN_REFR_07(server):
    with Client(server) as client:
        relays = client.allocate(DUAL).relays()
        assert client.refresh(0).code == 0
        assert all(is_closed_within(relay, 1) for relay in relays)


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_a_connection_outlives_its_allocation_TURN_REFR_11(server, transport):
    with Client(server, transport) as client:
        client.allocate()
        assert client.refresh(0).code == 0
        client.allocate()


def test_another_user_cannot_delete_AUTH_28_TURN_REFR_01(server):
    with Client(server) as client:
        client.allocate()
        client.user, client.password = "user2", USERS["user2"]
        assert client.refresh(0).code == 441
