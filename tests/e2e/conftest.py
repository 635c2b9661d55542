"""Fixtures: the scene with a browser for each participant, the deployment under test, and the people who join."""

import contextlib

import pytest

from deployment import EMBEDDED, EXTERNAL, Deployment
from participant import Participant, browser
from scene import DOMAIN, scene
from server import make_certificate
from website import SITE, make_site, serve


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("certificate"), DOMAIN)


@pytest.fixture(scope="module")
def hosts():
    with scene() as made:
        yield made


@pytest.fixture(scope="module")
def browsers(hosts, certificate, tmp_path_factory):
    """Chromium by the name of its host."""
    directory = tmp_path_factory.mktemp("browsers")
    site = make_site(directory / "site")
    with contextlib.ExitStack() as stack:
        made = {}
        for name in ("alice", "bob"):
            stack.enter_context(serve(hosts[name], site))
            (directory / name).mkdir()
            made[name] = stack.enter_context(browser(hosts[name], directory / name, certificate[0]))
        yield made


@pytest.fixture(scope="module", params=[EXTERNAL, EMBEDDED])
def deployment(request, hosts, certificate, tmp_path_factory):
    """LiveKit and turnpike, with one of the examples and the flags for turnpike that the module has as FLAGS."""
    flags = ["--livekit.cors_origins", f'["{SITE}"]', "--log.level", "debug", *getattr(request.module, "FLAGS", [])]
    with contextlib.closing(Deployment(hosts["node"], request.param, certificate, tmp_path_factory.mktemp("node"), flags)) as running:
        yield running


@pytest.fixture
def invite(deployment, hosts, browsers):
    """invite(host) gives a participant there, with the name of the host unless another is given; they leave with the test."""
    guests = []

    def make(host: str, identity: str = "") -> Participant:
        guests.append(Participant(browsers[host], identity or host, deployment.url))
        return guests[-1]

    yield make
    for guest in guests:
        guest.page.close()
    for name in browsers:
        hosts[name].unblock()
