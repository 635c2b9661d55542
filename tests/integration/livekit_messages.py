"""Access tokens and webhooks as LiveKit makes them, signed by the test itself, and HTTP requests to the control listener."""

import base64
import contextlib
import hashlib
import hmac
import json
import subprocess
import time
import urllib.error
import urllib.request

from namespace import Namespace
from server import free_port, merged

KEY, SECRET = "APItestkey", "an-api-secret-of-at-least-32-characters"
REMOVED = "PARTICIPANT_REMOVED"


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(claims: dict, secret: str = SECRET, key: str = KEY, life_s: int = 300) -> str:
    """A JSON web token with HS256."""
    parts = [{"alg": "HS256", "typ": "JWT"}, {"iss": key, "exp": int(time.time()) + life_s, **claims}]
    signed = ".".join(base64url(json.dumps(part).encode()) for part in parts)
    return f"{signed}.{base64url(hmac.new(secret.encode(), signed.encode(), 'sha256').digest())}"


def access_token(room: str, identity: str, life_s: int = 300, issued: dict | None = None, **grants) -> str:
    """`issued`: claims that say when, nbf or iat."""
    return token({"sub": identity, **(issued or {}), "video": {"room": room, "roomJoin": True, **grants}}, life_s=life_s)


def event(name: str, sid: str = "", reason: str = "", room: str = "r1", identity: str = "alice", later_s: int = 0) -> bytes:
    """The body of a webhook. `later_s`: events of the same second have no order, so what is to come later says so."""
    body = {
        "event": name,
        "id": f"EV_{time.monotonic_ns()}",
        "createdAt": str(int(time.time()) + later_s),
        "room": {"sid": f"RM_{room}", "name": room},
    }
    if sid:
        body["participant"] = {"sid": sid, "identity": identity, **({"disconnectReason": reason} if reason else {})}
    return json.dumps(body).encode()


def sign(body: bytes, **how) -> str:
    """The Authorization of a webhook."""
    return token({"sha256": base64.b64encode(hashlib.sha256(body).digest()).decode()}, **how)


class Http:
    """The control listener of a server."""

    def __init__(self, address: str):
        self.base = f"http://{address}"

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, str, dict[str, str]]:
        """Status, body and header fields."""
        request = urllib.request.Request(self.base + path, body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=5) as response:
                return response.status, response.read().decode(), dict(response.headers)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode(), dict(error.headers)

    def wait_until_ready(self, process: subprocess.Popen) -> None:
        for _ in range(200):
            assert process.poll() is None, "the server ended at its start"
            with contextlib.suppress(OSError):
                if self.get("/readyz") == 200:
                    return
            time.sleep(0.05)
        raise AssertionError("not ready within 10 s")

    def get(self, path: str) -> int:
        return self.request("GET", path)[0]

    def hook(self, body: bytes, authorization: str | None = None) -> int:
        """The status that a webhook gets; signed well unless an Authorization is given."""
        return self.request("POST", "/livekit/webhook", body, Authorization=sign(body) if authorization is None else authorization)[0]


def launch_beside_livekit(launch, livekit: dict, host: Namespace | None = None, **sections: dict):
    """A server with these keys of `livekit` and of other sections, on a host of its own if one is given, and its control listener."""
    listen = f"127.0.0.1:{free_port()}"
    keys = {"credentials": {"livekit_keys": {KEY: SECRET}}, "livekit": livekit, "control": {"listen": listen}}
    return launch(merged(keys, sections), host), Http(listen)
