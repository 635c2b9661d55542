"""The control listener serves whom it should, whatever strangers hold open or send there."""

import contextlib
import socket
from pathlib import Path

import pytest

from livekit_messages import KEY, SECRET, Http, access_token, event, launch_beside_livekit, sign
from server import free_port

URLS = ["turn:127.0.0.1:3478?transport=udp"]
EXCHANGE = "/livekit/ice-servers"
LIMIT = 20  # exchanges a second and address
KEYS = {"webhook": True, "ice_urls": URLS, "exchanges_per_second_per_ip": LIMIT}


def launch_control(launch, **sections: dict) -> Http:
    return launch_beside_livekit(launch, KEYS, **sections)[1]


def connect(http: Http, source: str) -> socket.socket:
    host, port = http.base.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=5, source_address=(source, 0))


@pytest.mark.parametrize(
    "sent", [b"", b"GET /hea", b"POST /livekit/webhook HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{"], ids=["nothing", "half a head", "half a body"]
)
@pytest.mark.parametrize("addresses", [1, 6], ids=["one_address", "six_addresses"])
def test_connections_of_strangers_do_not_lock_out_health_and_webhooks(launch, sent, addresses):
    http = launch_control(launch)
    with contextlib.ExitStack() as stack:
        for number in range(100 * addresses):
            held = stack.enter_context(connect(http, f"127.0.0.{1 + number % addresses}"))
            with contextlib.suppress(OSError):
                held.sendall(sent)
        for _ in range(3):
            assert http.get("/healthz") == http.get("/readyz") == 200
            assert http.hook(event("participant_left", "PA_nobody")) == 200


def test_a_webhook_under_way_keeps_its_place(launch):
    http = launch_control(launch)
    body = event("participant_left", "PA_nobody")
    with contextlib.ExitStack() as stack:
        webhook = stack.enter_context(connect(http, "127.0.0.1"))
        head = f"POST /livekit/webhook HTTP/1.1\r\nHost: a\r\nAuthorization: {sign(body)}\r\nContent-Length: {len(body)}\r\n\r\n"
        webhook.sendall(head.encode() + body[:10])
        for _ in range(200):
            stack.enter_context(connect(http, "127.0.0.1"))
        webhook.sendall(body[10:])
        assert webhook.recv(4096).startswith(b"HTTP/1.1 200 ")


def exchange(http: Http, **fields: str) -> int:
    return http.request("POST", EXCHANGE, **{"Authorization": f"Bearer {access_token('r1', 'alice')}"} | fields)[0]


def test_rubbish_for_tokens_does_not_use_up_the_limit_of_exchanges(launch):
    http = launch_control(launch)
    refused = [exchange(http, Authorization="Bearer rubbish") for _ in range(5 * LIMIT)]
    assert refused[0] == 401 and set(refused) <= {401, 429}
    assert exchange(http) == 200


def test_addresses_behind_a_trusted_proxy_are_told_apart(launch):
    forwarded = {"X-Forwarded-For": "198.18.0.1"}
    # The proxy adds whom it has the request from, behind what that one has written itself.
    others = {"X-Forwarded-For": "198.18.0.1, 198.18.0.2"}
    trusting = launch_control(launch, listen={"proxy_protocol": ["127.0.0.0/8"]})
    assert any(exchange(trusting, **forwarded) == 429 for _ in range(100 * LIMIT))
    assert exchange(trusting, **others) == 200
    strict = launch_control(launch)
    assert any(exchange(strict, **forwarded) == 429 for _ in range(100 * LIMIT))
    assert 429 in [exchange(strict, **others) for _ in range(3)], "nobody's word is taken who is not trusted"


def test_a_reload_says_whose_word_is_taken(launch):
    forwarded = [{"X-Forwarded-For": f"198.18.0.{n}"} for n in range(100 * LIMIT)]
    server, http = launch_beside_livekit(launch, KEYS)
    assert any(exchange(http, **each) == 429 for each in forwarded)
    server.config["listen"]["proxy_protocol"] = ["127.0.0.0/8"]
    server.reload()
    server.wait_for_log("reloaded")
    assert all(exchange(http, **each) == 200 for each in forwarded[: 5 * LIMIT])


def test_a_reload_moves_the_listener_and_the_socket_and_serves_LiveKit_or_not(launch):
    first, second, taken = free_port(), free_port(), free_port()
    keys = {"credentials": {"livekit_keys": {KEY: SECRET}}, "livekit": {"webhook": False, "ice_urls": []}}
    server = launch(keys | {"control": {"listen": f"127.0.0.1:{first}", "socket": "{directory}/first.sock"}})
    old, new = Http(f"127.0.0.1:{first}"), Http(f"127.0.0.1:{second}")
    assert old.hook(event("participant_left", "PA_nobody")) == 404

    server.config["control"] = {"listen": f"127.0.0.1:{second}", "socket": f"{server.directory}/second.sock"}
    server.config["livekit"] = {"webhook": True, "ice_urls": URLS}
    server.reload()
    server.wait_for_log(" reloaded")
    assert new.get("/healthz") == new.hook(event("participant_left", "PA_nobody")) == 200
    assert new.request("POST", EXCHANGE, Authorization=f"Bearer {access_token('room', 'somebody')}")[0] == 200
    with pytest.raises(OSError):
        old.get("/healthz")
    assert not Path(f"{server.directory}/first.sock").exists() and Path(f"{server.directory}/second.sock").exists()

    with socket.create_server(("127.0.0.1", taken)):
        server.config["control"]["listen"] = f"127.0.0.1:{taken}"
        server.config["livekit"]["webhook"] = False
        server.reload()
        assert "Address already in use" in server.wait_for_log("reload_refused")
        assert new.hook(event("participant_left", "PA_nobody")) == 200
    server.config["control"]["listen"] = ""
    server.config["livekit"]["ice_urls"] = []
    server.reload()
    server.wait_for_lines(" reloaded", 2)
    with pytest.raises(OSError):
        new.get("/healthz")
