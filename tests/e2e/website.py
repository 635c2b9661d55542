"""The web site with the page of a participant, on the participant's own host."""

import contextlib
import functools
import shutil
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from deployment import LIVEKIT
from scene import Host

PORT = 8000
SITE = f"http://localhost:{PORT}"  # a secure context: other sites get no camera without TLS


def make_site(directory: Path) -> Path:
    """The files of the page."""
    shutil.copytree(Path(__file__).parent / "page", directory)
    shutil.copy(LIVEKIT / "livekit-client.umd.js", directory)
    return directory


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_) -> None:
        pass


@contextlib.contextmanager
def serve(host: Host, directory: Path):
    """The site, for the browser of that host."""
    with host.entered():
        server = ThreadingHTTPServer(("localhost", PORT), functools.partial(Quiet, directory=str(directory)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
