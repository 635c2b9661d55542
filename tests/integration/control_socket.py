"""HTTP over the Unix socket of a server."""

import http.client
import json
import socket


class ControlSocket(http.client.HTTPConnection):
    def __init__(self, path: str):
        super().__init__("localhost", timeout=10)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)

    def get(self, path: str) -> dict:
        self.request("GET", path)
        response = self.getresponse()
        assert response.status == 200 and response.headers["Content-Type"] == "application/json"
        return json.loads(response.read())

    def room(self, name: str) -> dict:
        return next(room for room in self.get("/rooms")["rooms"] if room["name"] == name)
