"""What is a message, and what is passed over in silence, on real sockets (RFC 8489 5, 6.3 and 14, RFC 8656 12.4 to 12.6)."""

import socket
import struct

import pytest

import wire
from client import Client, Peer, answers_to
from wire import ALLOCATE, BINDING, INDICATION, REFRESH, REQUEST, SUCCESS

TRANSPORTS = ["udp", "tcp", "tls"]


def raw_message(number: int, body: bytes = b"", cookie: int = wire.COOKIE) -> bytes:
    return struct.pack(">HHI", number, len(body), cookie) + b"transaction." + body


def test_first_bytes_of_no_protocol_are_dropped_FRM_01_FRM_02(server):
    first_bytes = [0x04, 0x0F, 0x10, 0x13, 0x14, 0x16, 0x3F, 0x50, 0x7F, 0x80, 0xBF, 0xC0, 0xFF]
    packets = {f"{first:#04x}": bytes([first]) for first in first_bytes}
    packets |= {f"{first:#04x} and more": bytes([first]) + wire.binding()[1:] for first in first_bytes}
    assert answers_to(server, packets) == []


def test_unbound_channels_are_dropped_FRM_03_FRM_04_FRM_05(server):
    numbers = [0x4000, 0x4001, 0x4FFF, 0x5000, 0x7FFE, 0x7FFF, 0xFFFF]
    packets = {f"{number:#06x}": wire.channel_data(number, b"data") for number in numbers}
    packets["STUN under a channel number"] = b"\x40\x01" + wire.binding()[2:]
    assert answers_to(server, packets) == []


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_a_hundred_requests_in_one_write_get_a_hundred_answers_FRM_06_FRM_14_TCPC_10(server, transport):
    requests = [wire.binding() for _ in range(100)]
    with Client(server, transport) as client:
        client.send(b"".join(requests))
        answers = [client.receive() for _ in requests]
        assert {answer.transaction for answer in answers} == {raw[8:20] for raw in requests}
        assert client.receive(0.05) is None


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_a_request_split_into_single_bytes_is_answered_once_FRM_06(server, transport):
    request = wire.binding()
    with Client(server, transport) as client:
        for octet in request:
            client.send(bytes([octet]))
        assert client.response_to(request).kind == SUCCESS
        assert client.receive(0.1) is None


@pytest.mark.parametrize("transport", ["tcp", "tls"])
@pytest.mark.parametrize("cut", [1, 3, 4, 5, 19, 20, 21, 27, 28])
def test_two_messages_cut_anywhere_are_answered_once_each_FRM_06(server, transport, cut):
    first, second = wire.with_fingerprint(wire.binding()), wire.binding()
    stream = first + second
    with Client(server, transport) as client:
        for part in (stream[:cut], stream[cut:]):
            client.send(part)
        assert [client.receive().transaction, client.receive().transaction] == [first[8:20], second[8:20]]


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_padding_of_channel_data_on_a_stream_is_not_relayed_FRM_07(server, transport):
    with Client(server, transport) as client, Peer() as peer:
        relay = client.relay()
        assert client.bind(0x4000, peer.address) == 0
        request = wire.binding()
        client.send(wire.channel_data(0x4000, b"hello", padded=True) + request)
        assert peer.receive() == (b"hello", relay)
        assert client.response_to(request).kind == SUCCESS


STREAM_GARBAGE = {
    "a first byte of no protocol": b"\x80" + bytes(30),
    "a TLS hello on the plain port": b"\x16\x03\x01\x00\x10" + bytes(16),
    "a bad cookie": raw_message(0x0001, cookie=wire.COOKIE + 1),
    "a Length that is not a multiple of 4": wire.with_length(wire.binding(), 2) + b"\0\0",
    "HTTP without an allocation": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "ChannelData without an allocation": wire.channel_data(0x4000, b"data"),
}


@pytest.mark.parametrize("name", STREAM_GARBAGE)
def test_a_stream_that_cannot_be_framed_is_closed_FRM_08_FRM_09(server, name):
    with Client(server, "tcp") as client:
        client.send(STREAM_GARBAGE[name])
        assert client.is_closed_within(1)


def test_two_thousand_http_requests_leave_nothing_behind_FRM_09(server):
    before = None
    for number in range(2200):
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(STREAM_GARBAGE["HTTP without an allocation"])
            connection.settimeout(1)
            try:
                assert connection.recv(1) == b""
            except ConnectionResetError:
                pass
        if number == 200:
            before = server.rss_kb()
    assert server.rss_kb() - before < 2048


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_binding_and_allocate_work_over_every_transport_FRM_15_FRM_16(server, transport, host):
    with Client(server, transport, host) as client:
        assert client.ask(wire.binding()).address(wire.XOR_MAPPED_ADDRESS) == client.address
        assert client.allocate().address(wire.XOR_MAPPED_ADDRESS) == client.address


def test_the_length_of_channel_data_rules_FRM_17_FRM_18_TURN_CHD_07(server):
    with Client(server) as client, Peer() as peer:
        client.relay()
        assert client.bind(0x4000, peer.address) == 0
        client.send(struct.pack(">HH", 0x4000, 6) + b"short")
        client.send(struct.pack(">HH", 0x4000, 5) + b"exact\0\0\0")
        client.send(struct.pack(">HH", 0x4000, 4) + b"more" + bytes(100))
        assert [peer.receive()[0], peer.receive()[0]] == [b"exact", b"more"]
        assert peer.receive(0.1) is None and client.is_alive()


def test_messages_of_wrong_size_or_cookie_are_dropped_MSG_01_MSG_02_MSG_03_FRM_19(server):
    request = wire.binding()
    packets = {f"prefix of {size}": request[:size] for size in range(20)}
    packets |= {f"Length {n}": wire.with_length(request, n) + bytes(n) for n in (1, 2, 3)}
    packets |= {f"Length {n} of an empty message": wire.with_length(request, n) for n in (4, 8, 0xFFFC)}
    packets["four bytes behind the message"] = request + bytes(4)
    packets["wrong cookie"] = raw_message(0x0001, cookie=0x2112A443)
    packets["no cookie, LEG_08"] = raw_message(0x0001, cookie=0)
    packets["Allocate without cookie, TURN_GEN_06"] = raw_message(0x0003, wire.attribute(*wire.UDP), cookie=0)
    assert answers_to(server, packets) == []


def test_types_that_no_client_may_send_are_dropped_MSG_04_MSG_05_MSG_06_MSG_16_BIND_06_ERR_07(server):
    types = {
        "unknown methods": [0x0002, 0x0005, 0x000D, wire.message_type(0xFF, REQUEST), wire.message_type(0xFFF, REQUEST)],
        "classes that the method lacks": [0x0006, 0x0013, 0x0014, 0x0017, 0x0018, 0x0019, 0x001C],
        "responses": [0x0101, 0x0111, 0x0103, 0x0113, 0x0104, 0x0118, 0x0119],
        "indications": [0x0011, 0x0016],
    }
    packets = {f"{name} {number:#06x}": raw_message(number) for name, numbers in types.items() for number in numbers}
    assert answers_to(server, packets) == []


def test_attributes_that_run_past_the_end_are_dropped_MSG_08(server):
    software = wire.attribute(wire.SOFTWARE, b"abcd")
    longer = software[:2] + struct.pack(">H", 8) + software[4:]
    packets = {name: raw_message(0x0001, body) for name, body in {"length + 4": longer, "half a header": b"\0\0"}.items()}
    packets["length 65535"] = raw_message(0x0001, software[:2] + b"\xff\xff" + software[4:])
    packets["indeed in Allocate"] = raw_message(0x0003, wire.attribute(*wire.UDP) + longer)
    assert answers_to(server, packets) == []


def test_only_the_first_of_two_equal_attributes_counts_MSG_09(server):
    with Client(server) as client:
        client.relay()
        assert client.refresh(600, (wire.LIFETIME, wire.u32(0))).lifetime_s() == 600
        assert client.refresh(700, (wire.USERNAME, b"user"), (wire.USERNAME, b"user2")).lifetime_s() == 700


@pytest.mark.parametrize(
    "name, attributes",
    {
        "unknown optional, MSG_10": [(0x8FFF, b"x"), (0xC057, b"yyyy"), (0xFFFF, b"")],
        "unexpected, MSG_11": [
            (wire.MAPPED_ADDRESS, bytes(8)),
            (wire.ERROR_CODE, bytes(4)),
            (wire.LIFETIME, wire.u32(1)),
            (wire.DATA, b"d"),
        ],
        "of ICE, MSG_22": [(0x0024, bytes(4)), (0x0025, b""), (0x8029, bytes(8)), (0x802A, bytes(8))],
        "transmit counter, TTC_03": [(wire.TRANSMIT_COUNTER, b"\0\0\1\0")],
    }.items(),
)
def test_attributes_that_a_binding_ignores_MSG_10_MSG_11_MSG_22(server, name, attributes):
    with Client(server) as client:
        assert client.ask(wire.message(BINDING, REQUEST, attributes)).kind == SUCCESS


def test_padding_of_spaces_and_short_term_credentials_do_not_hinder_a_binding_MSG_07_INT_19(server):
    body = wire.attribute(wire.SOFTWARE, b"STUN test client") + wire.attribute(wire.USERNAME, b"evtj:h6vY", b" ")
    request = wire.with_fingerprint(wire.with_sha1(raw_message(0x0001, body), b"VOkJxbRl1RmTxUk/WvJxBt"))
    with Client(server) as client:
        answer = client.ask(request)
        assert answer.kind == SUCCESS and answer.signed_by(b"") == []


def test_unknown_required_attributes_are_listed_once_each_MSG_12_MSG_13_ERR_01(server):
    with Client(server) as client:
        answer = client.ask(wire.message(BINDING, REQUEST, [(0x7F01, b""), (0x7F02, b"abc"), (0x7F01, b"")]))
        assert (answer.code, answer.unknown()) == (420, [0x7F01, 0x7F02])
        answer = client.ask(wire.message(BINDING, REQUEST, [(0x7F01, b"")]))
        assert (answer.code, answer.unknown(), len(answer.get(wire.UNKNOWN_ATTRIBUTES))) == (420, [0x7F01], 2)


def test_the_420_comes_after_authentication_and_is_signed_MSG_14_TURN_ALLOC_34(server):
    with Client(server) as client:
        assert client.ask(wire.message(ALLOCATE, REQUEST, [wire.UDP, (0x7F01, b"")])).code == 401
        answer = client.request(ALLOCATE, [wire.UDP, (0x7F01, b""), (0x0003, bytes(4))])
        assert (answer.code, answer.unknown()) == (420, [0x7F01, 0x0003])


def test_indications_with_unknown_attributes_are_dropped_and_integrity_in_them_is_not_looked_at_MSG_15_AUTH_32(server):
    with Client(server) as client, Peer() as peer:
        relay = client.relay()
        assert client.permit(peer.address) == 0
        client.send_to(peer.address, b"unknown attribute", (0x7F01, b""))
        client.send_to(peer.address, b"junk integrity", (wire.MESSAGE_INTEGRITY, bytes(20)))
        assert peer.receive() == (b"junk integrity", relay)


def test_data_indications_have_fresh_transaction_ids_and_no_integrity_MSG_17_TURN_DATA_06(server):
    with Client(server) as client, Peer() as peer:
        relay = client.relay()
        assert client.permit(peer.address) == 0
        for _ in range(20):
            peer.send(b"x", relay)
        indications = [client.receive() for _ in range(20)]
        assert len({each.transaction for each in indications}) == 20
        assert all(sorted(each.kinds()) == [wire.XOR_PEER_ADDRESS, wire.DATA] for each in indications)


def test_reserved_bits_are_ignored_MSG_20_MSG_29(server):
    with Client(server) as client, Peer() as peer:
        answer = client.request(ALLOCATE, [(wire.REQUESTED_TRANSPORT, b"\x11\xff\xff\xff"), (wire.EVEN_PORT, b"\x7f")])
        assert answer.code == 0 and answer.get(wire.RESERVATION_TOKEN) is None
        transaction = b"reserved bit"
        address = (wire.XOR_PEER_ADDRESS, b"\xff" + wire.xor_address(peer.address, transaction)[1:])
        assert client.request(wire.CHANNEL_BIND, [wire.channel_number(0x4000, b"\xff\xff"), address], transaction).code == 0
        client.send_channel(0x4000, b"through")
        assert peer.receive() == (b"through", answer.relays()[0])
    with Client(server) as client:
        assert client.request(ALLOCATE, [wire.UDP, (wire.REQUESTED_ADDRESS_FAMILY, b"\x01\xff\xff\xff")]).code == 0


BAD_ADDRESSES = {
    "family 3": b"\0\x03\x10\x00" + bytes(4),
    "family 0": b"\0\x00\x10\x00" + bytes(4),
    "family 2 with 8 bytes": b"\0\x02\x10\x00" + bytes(4),
    "family 1 with 20 bytes": b"\0\x01\x10\x00" + bytes(16),
    "empty": b"",
    "4 bytes": b"\0\x01\x10\x00",
}


@pytest.mark.parametrize("name", BAD_ADDRESSES)
def test_invalid_addresses_are_400_in_requests_and_drop_indications_MSG_21_TURN_PERM_01(server, name):
    invalid = (wire.XOR_PEER_ADDRESS, BAD_ADDRESSES[name])
    with Client(server) as client, Peer() as peer:
        client.relay()
        assert client.request(wire.CREATE_PERMISSION, [wire.peer(peer.address), invalid]).code == 400
        assert client.request(wire.CHANNEL_BIND, [wire.channel_number(0x4000), invalid]).code == 400
        assert client.permit(peer.address) == 0
        client.send(wire.message(wire.SEND, INDICATION, [invalid, wire.peer(peer.address), (wire.DATA, b"no")]))
        assert peer.receive(0.05) is None


def test_user_names_up_to_763_bytes_are_looked_up_MSG_23(server):
    with Client(server) as client:
        client.password = "wrong"
        for size, code in ((513, 401), (763, 401), (764, 400)):
            client.user = "u" * size
            assert client.ask(client.signed(ALLOCATE, [wire.UDP])).code == code, size


def test_long_realms_and_nonces_are_refused_without_harm_MSG_24(server):
    with Client(server) as client:
        client.challenge()
        client.nonce = client.nonce + b"n" * (763 - len(client.nonce))
        assert client.ask(client.signed(ALLOCATE, [wire.UDP])).code in (401, 438)
        client.realm = "r" * 763
        assert client.ask(client.signed(ALLOCATE, [wire.UDP])).code in (401, 438)


def test_challenges_are_small_MSG_24_MSG_25_SEC_02(server):
    with Client(server) as client:
        request = wire.message(ALLOCATE, REQUEST)
        answer = client.ask(request)
        assert answer.code == 401 and len(answer.raw) <= 120
        assert len(answer.get(wire.NONCE)) < 128 and len(answer.get(wire.REALM)) < 128


@pytest.mark.parametrize(
    "method, attributes",
    [
        (REFRESH, [(wire.LIFETIME, bytes(3))]),
        (REFRESH, [(wire.LIFETIME, bytes(8))]),
        (wire.CHANNEL_BIND, [(wire.CHANNEL_NUMBER, b"\x40\x00"), wire.peer(("127.0.0.1", 9))]),
        (REFRESH, [(wire.REQUESTED_ADDRESS_FAMILY, b"\x01")]),
    ],
    ids=["lifetime_of_3", "lifetime_of_8", "channel_number_of_2", "family_of_1"],
)
def test_attributes_of_another_length_get_400_MSG_28(server, method, attributes):
    with Client(server) as client:
        client.relay()
        assert client.request(method, attributes).code == 400


@pytest.mark.parametrize(
    "attributes",
    [
        [(wire.REQUESTED_TRANSPORT, b"\x11")],
        [wire.UDP, (wire.EVEN_PORT, b"\0\0")],
        [wire.UDP, (wire.LIFETIME, b"\0\0")],
        [wire.UDP, (wire.REQUESTED_ADDRESS_FAMILY, b"\1\0")],
    ],
)
def test_attributes_of_another_length_get_400_in_allocate_MSG_28_TURN_ALLOC_03(server, attributes):
    with Client(server) as client:
        assert client.request(ALLOCATE, attributes).code == 400
