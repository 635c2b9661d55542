"""Fixtures: a certificate, one server a module and worker count, and servers that a single test starts for itself."""

from pathlib import Path

import pytest

pytest.register_assert_rewrite("client", "wire")  # before they are imported

from namespace import Namespace  # noqa: E402
from redis_server import RedisServer  # noqa: E402
from server import IS_SANITIZED, Server, make_certificate  # noqa: E402

STOP_MAX_S = 5 if IS_SANITIZED else 1  # a sanitizer has a last look at everything


@pytest.fixture(scope="session")
def certificate(tmp_path_factory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module", params=[1, 2], ids=["one_worker", "two_workers"])
def workers(request) -> int:
    return request.param


def end(server: Server) -> None:
    """Every test run ends with these: a clean exit in time, and no secret in the log."""
    code, seconds = server.stop()
    if server.is_coturn:
        return
    assert code == 0, f"exit code {code} on SIGTERM\n{server.log()[-4000:]}"
    assert seconds < STOP_MAX_S, f"SIGTERM took {seconds:.1f} s"
    assert server.secrets_in_log() == []


@pytest.fixture(scope="module")
def server(request, workers, certificate, tmp_path_factory):
    """The server of this module; the module's CONFIG, if it has one, overrides the default test configuration."""
    extra = getattr(request.module, "CONFIG", {})
    running = Server(tmp_path_factory.mktemp("server"), certificate, workers, extra).start()
    yield running
    end(running)


@pytest.fixture
def launch(workers, certificate, tmp_path_factory):
    """launch({...}) starts another server with these keys overridden, in a namespace if one is given; it ends with the test."""
    servers = []

    def start(extra: dict | None = None, host: Namespace | None = None) -> Server:
        servers.append(Server(tmp_path_factory.mktemp("server"), certificate, workers, extra, host).start())
        return servers[-1]

    yield start
    for running in servers:
        if running.process.returncode is None:
            end(running)


@pytest.fixture
def redis(tmp_path):
    """A redis-server of this test's own, which may be killed."""
    with RedisServer(tmp_path) as server:
        yield server
