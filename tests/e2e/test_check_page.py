"""The connectivity check in Chromium, behind four firewalls and where the server refuses it; its pictures are in build/check_page."""

import contextlib
import json
import re
import time

import pytest

from check import PATH, Check, states
from deployment import EMBEDDED, Deployment
from http_only import http_only
from participant import browser
from scene import DOMAIN, FIREWALL, IPV6, NODE

LISTENERS = f'["{NODE}:3478", "[{IPV6["node"]}]:3478"]'
RELAYS = f'["{NODE}", "{IPV6["node"]}"]'
FLAGS = ["--http.check_page", PATH, "--listen.udp", LISTENERS, "--listen.tcp", LISTENERS, "--relay.addresses", RELAYS]
ALL_BUT_TLS = [*FIREWALL, "tcp 7880"]

# The credentials' answer as the page gets it: `change` may return another one.
CHANGED = """
const askServer = window.fetch;
let asked = 0;
window.fetch = async (url, options) => {
  if (!String(url).endsWith("/credentials")) return askServer(url, options);
  asked++;
  return (CHANGE)(() => askServer(url, options), asked);
};
"""
UDP_ALONE = 'const minted = await (await server()).json(); minted.ways = minted.ways.filter(({ id }) => id === "udp-ipv4");'

ASK_UDP = rf"to allow UDP to port 3478 of {NODE}, and the answers to it\. Calls sound and look best by UDP\."
ASK_TLS = rf"or at least to allow TLS to port 443 of {DOMAIN} as it is, past any proxy and without inspection: it is a call and not the web\."
ASK_SOCKETS = rf"to allow WebSockets to {DOMAIN} \(wss, port 443\)\. Without them no call begins\."
NO_IPV6 = r"There is no IPv6 here\. Calls do not need it\."
UNEVEN = r"Packets by UDP to port 3478 come unevenly, by \d+ ms: sound will lag or stutter\."
MORE = r"with (hardly any more delay|about \d+ ms more)\."

# firewall: (what it drops, headline, what works, what does not and how)
FIREWALLS = {
    "udp": (["udp"], rf"UDP to port 3478 is blocked; calls will use TCP or TLS, {MORE}", {"tcp-ipv4", "tls"}),
    "all_but_tls": (ALL_BUT_TLS, rf"UDP to port 3478 and TCP to port 3478 are blocked; calls will use TLS, {MORE}", {"tls"}),
}

# name: (what the server's answer becomes, what the page says)
REFUSALS = {
    "too many": ("new Response('{}', { status: 429, headers: { 'Retry-After': '37' } })", r"This network's address has as many checks open .* in 37 seconds\."),
    "another origin": ("new Response('', { status: 403 })", r"The server refuses this check: .*"),
    "switched off": ("new Response('', { status: 404 })", r"The check is switched off on this server\."),
    "a fault": ("new Response('', { status: 503 })", r"The server could not begin the check \(status 503\)\. Try again later\."),
    "no answer": ("Promise.reject(new TypeError('Failed to fetch'))", r"The server does not answer any more\. .*"),
    "a sign-in page": ("new Response('<!doctype html>', { status: 200 })", r"Something other than the server has answered: .*"),
    "other data": ("new Response('{\"ways\": 5}', { status: 200 })", r"Something other than the server has answered: .*"),
}


@pytest.fixture(scope="module")
def alice(hosts, certificate, tmp_path_factory):
    """A browser beside a server with LiveKit; the scene has IPv6 at the server's end."""
    hosts["node"].set_ipv6(IPV6["node"])
    with contextlib.closing(Deployment(hosts["node"], EMBEDDED, certificate, tmp_path_factory.mktemp("node"), FLAGS)):
        with browser(hosts["alice"], tmp_path_factory.mktemp("alice"), certificate[0]) as running:
            yield running


@pytest.fixture
def firewall(hosts):
    """Before whom the browser stands; what it drops goes with the test."""
    yield hosts["alice"]
    hosts["alice"].unblock()
    hosts["alice"].set_ipv6("")


@pytest.fixture
def open_check(alice, firewall):
    """open_check(prelude) opens the page; it is closed with the test."""
    opened = []

    def make(prelude: str = "") -> Check:
        opened.append(Check(alice, prelude))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


def test_nothing_is_blocked(firewall, open_check):
    firewall.set_ipv6(IPV6["alice"])
    check = open_check()
    check.take_pictures("trying")
    report = check.finish()
    check.take_pictures("nothing_blocked")
    print(check.copied("text"))
    assert set(states(report)) == {"udp-ipv4", "udp-ipv6", "tcp-ipv4", "tcp-ipv6", "tls"}
    assert set(states(report).values()) == {"works"}
    assert re.fullmatch(r"Calls will use UDP to port 3478, the best way, with a round trip of [\d.]+ ms\.", check.headline)
    uneven = [line for line in check.lines if re.fullmatch(UNEVEN, line)]  # a busy machine is not the page's fault
    assert check.lines == uneven and check.tone == ("limited" if uneven else "good")
    for way in report["ways"]:
        assert way["sent"] == 100 and way["lost"] == 0 and 0 < way["rtt_ms"] < 100, way
        assert 1_800_000 < way["throughput_bps"] <= 2_100_000, way
    assert report["signalling"] == "works"
    assert report["address"]["tls"] == firewall.address and set(report["address"]["udp"]) == {firewall.address, firewall.ipv6}
    is_readable(check)
    copies(check, report)


def is_readable(check: Check) -> None:
    """By who listens to it, and by who has no mouse."""
    nodes = [node for node in check.page.ask("Accessibility.getFullAXTree")["nodes"] if not node.get("ignored")]

    def of_role(role: str) -> list[dict]:
        return [node for node in nodes if node["role"]["value"] == role]

    assert len(of_role("table")) == 1 and len(of_role("columnheader")) == 6
    assert of_role("rowheader")[0]["name"]["value"].replace("\u00a0", " ") == "UDP 3478, IPv4"
    assert any(re.match(r"Round trip by UDP 3478, IPv4: [\d.]+ ms in the middle", node["name"]["value"]) for node in of_role("image"))
    for role in ("button", "image", "heading", "table"):
        assert of_role(role) and all(node["name"]["value"] for node in of_role(role)), role
    assert [node for node in of_role("status") if {"name": "live", "value": {"type": "token", "value": "polite"}} in node["properties"]]
    reached = []
    for _ in range(4):
        check.page.press("Tab")
        reached.append(check.say("document.activeElement.id || document.activeElement.localName"))
    assert reached == ["again", "copy-text", "copy-json", "summary"]


def copies(check: Check, report: dict) -> None:
    text = check.copied("text")
    assert check.headline in text and DOMAIN in text and "UDP 3478, IPv4" in text and check.say("document.getElementById('copied').textContent") == "Copied."
    assert not re.search(r"nonce|credential|username", text + json.dumps(report))
    check.say("navigator.clipboard.writeText = () => Promise.reject(new Error('refused')), document.getElementById('copy-text').focus()")
    check.page.press("Enter")
    time.sleep(0.1)
    by_hand = "document.getElementById('by-hand')"
    assert check.say(f"{by_hand}.value") == text and check.say(f"document.activeElement === {by_hand} && {by_hand}.selectionEnd > 100")
    check.take_pictures("by_hand")


@pytest.mark.parametrize("name", FIREWALLS)
def test_a_firewall(firewall, open_check, name):
    dropped, headline, works = FIREWALLS[name]
    firewall.block(*dropped)
    check = open_check()
    report = check.finish()
    check.take_pictures(name)
    print(check.copied("text"))
    assert {way for way, state in states(report).items() if state == "works"} == works
    assert {state for way, state in states(report).items() if way not in works and "ipv6" not in way} == {"blocked"}
    assert re.fullmatch(headline, check.headline), check.headline
    assert check.tone == "limited" and re.fullmatch(ASK_UDP, check.lines[0])
    assert report["signalling"] == "works" and report["address"]["udp"] is None


def test_all_but_the_page_is_blocked(alice, firewall, hosts, certificate, tmp_path):
    """A proxy ends TLS, looks into it and lets nothing but HTTP through, and nothing else leaves."""
    firewall.cut(hosts["node"])
    proxy = hosts["bob"]
    with http_only(proxy, certificate, NODE), browser(firewall, tmp_path, certificate[0], node=proxy.address) as running:
        check = Check(running)
        report = check.finish()
        check.take_pictures("all_but_the_page")
        print(check.copied("text"))
        assert {state for way, state in states(report).items() if "ipv6" not in way} == {"blocked"}
        assert check.headline == "Only the web gets through; calls that need the relay will fail here." and check.tone == "bad"
        expected = [ASK_UDP, ASK_TLS, ASK_SOCKETS, NO_IPV6]
        assert all(re.fullmatch(words, line) for words, line in zip(expected, check.lines, strict=True)), check.lines
        assert report["address"] == {"tls": proxy.address, "udp": None}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_has_its_words(open_check, name):
    answer, words = REFUSALS[name]
    check = open_check(CHANGED.replace("CHANGE", f"async () => {answer}"))
    assert check.finish() == {}
    assert check.tone == "bad" and re.fullmatch(words, check.headline), check.headline
    if name == "too many":
        check.take_pictures("too_many")


def test_expired_credentials_are_renewed_once(open_check):
    check = open_check(CHANGED.replace("CHANGE", f"async (server, asked) => {{ {UDP_ALONE} if (asked === 1) minted.credential = 'stale'; return Response.json(minted); }}"))
    assert states(check.finish())["udp-ipv4"] == "works"
    assert check.say("asked") == 2


def test_credentials_that_stay_refused_are_the_servers_fault(open_check):
    check = open_check(CHANGED.replace("CHANGE", f"async (server) => {{ {UDP_ALONE} minted.credential = 'stale'; return Response.json(minted); }}"))
    check.finish()
    check.take_pictures("refused")
    assert check.headline == "The server can be reached but refuses to relay; it is not this network that stops calls."
    assert check.lines == ["it refused to relay by UDP to port 3478 with error 401."]


def test_a_browser_without_webrtc_is_told(open_check):
    check = open_check("delete window.RTCPeerConnection;")
    report = check.finish()
    check.take_pictures("no_webrtc")
    assert report["signalling"] == "works" and check.headline.startswith("This browser cannot make calls")


def test_a_second_tab_waits_its_turn(open_check):
    slow = CHANGED.replace("CHANGE", "() => new Promise(() => {})")
    open_check(slow)
    second = open_check(CHANGED.replace("CHANGE", "() => new Response('', { status: 404 })"))
    second.finish()
    assert second.headline.startswith("The check already runs in another tab or window")


def test_where_the_texts_are_missing_the_page_says_what_it_needs(open_check):
    check = open_check("window.fetch = async () => { throw new TypeError('Failed to fetch'); };")
    assert check.headline == "This page needs JavaScript and its texts. If they are on, load it again."
