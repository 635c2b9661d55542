"""A proxy that ends TLS and lets nothing but HTTP through, as firewalls have it that look into what they pass."""

import contextlib
import http.client
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from scene import Host

OF_ONE_HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "content-length", "date", "server"}


def end_to_end(fields) -> list[tuple[str, str]]:
    return [(name, value) for name, value in fields if name.lower() not in OF_ONE_HOP]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10

    def setup(self) -> None:
        self.request.settimeout(self.timeout)
        with contextlib.suppress(OSError):
            self.request.do_handshake()
        super().setup()

    def log_message(self, *_) -> None:
        pass

    def pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(self.server.upstream, timeout=self.timeout, context=context)
        with contextlib.closing(connection), self.server.host.entered():
            connection.request(self.command, self.path, body, dict(end_to_end(self.headers.items())))
            response = connection.getresponse()
            answer = response.read()
        self.send_response(response.status)
        for name, value in end_to_end(response.getheaders()):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = pass_on


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, host: Host, upstream: str):
        super().__init__((host.address, 443), Handler)
        self.host, self.upstream = host, upstream

    def handle_error(self, *_) -> None:
        """What is not HTTP ends with its connection."""


@contextlib.contextmanager
def http_only(host: Host, certificate: tuple[Path, Path], upstream: str):
    """Runs on that host, at port 443, with the certificate of what it stands before; its clients take it for the server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with host.entered():
        server = Server(host, upstream)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
