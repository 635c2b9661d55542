"""The part of LiveKit's server API that tells who is in which room, with faults for whoever asks."""

import base64
import hmac
import http.server
import json
import ssl
import threading
import time

from livekit_messages import KEY, SECRET, base64url

PATIENCE_S = 20
SERVICE = "/twirp/livekit.RoomService/"


def grants_of(authorization: str, secret: str) -> dict | None:
    """The video grants of a Bearer token, if it is signed as it should be and has not expired."""
    head, _, signature = authorization.removeprefix("Bearer ").rpartition(".")
    if not hmac.compare_digest(base64url(hmac.new(secret.encode(), head.encode(), "sha256").digest()), signature):
        return None
    payload = head.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims["video"] if claims["iss"] == KEY and claims["exp"] > time.time() else None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def date_time_string(self, timestamp=None):
        return super().date_time_string(timestamp) if self.server.owner.has_clock else "today"

    def do_POST(self):
        livekit = self.server.owner
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        method = self.path.removeprefix(SERVICE)
        grants = grants_of(self.headers["Authorization"], livekit.secret)
        fault = livekit.faults.get(method)
        if fault:
            return fault(self)
        if grants is None:
            return self.answer(401, b'{"code":"unauthenticated"}')
        if method == "ListRooms" and grants.get("roomList"):
            return self.answer(200, json.dumps(livekit.list_rooms()).encode())
        if method == "ListParticipants" and grants.get("roomAdmin") and grants.get("room") == asked["room"]:
            return self.answer(200, json.dumps(livekit.list_participants(asked["room"])).encode())
        return self.answer(403, b'{"code":"permission_denied"}')

    def answer(self, status: int, body: bytes = b"", size: int | None = None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if size is None else size))
        self.end_headers()
        self.wfile.write(body)


class LiveKit:
    """The part of LiveKit's server API that tells who is there: rooms by name, with the identities and SIDs of their participants."""

    def __init__(self, port: int = 0, certificate=None):
        self.rooms: dict[str, dict[str, str]] = {}
        self.secret = SECRET
        self.faults = {}  # by method
        self.has_clock = True
        self.questions = 0  # ListRooms, of which each round has two
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.owner, self.server.daemon_threads = self, True
        self.server.handle_error = lambda *_: None  # clients that hang up
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    @property
    def port(self) -> int:
        return self.server.server_address[1]

    def list_rooms(self) -> dict:
        self.questions += 1
        return {"rooms": [{"sid": f"RM_{name}", "name": name, "num_participants": len(there)} for name, there in self.rooms.items()]}

    def list_participants(self, room: str) -> dict:
        there = self.rooms.get(room, {})
        return {"participants": [{"sid": sid, "identity": identity, "state": "ACTIVE"} for identity, sid in there.items()]}

    def wait_for_rounds(self, count: int) -> None:
        """Until so many rounds have been asked for that began after now."""
        until, enough = time.monotonic() + PATIENCE_S, self.questions + 2 * count + 2
        while self.questions < enough:
            assert time.monotonic() < until, f"{self.questions} of {enough} questions"
            time.sleep(0.02)
