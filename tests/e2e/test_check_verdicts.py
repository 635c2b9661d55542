"""The verdicts of the connectivity check by table, in words as a person reads them, and its figures; no server is asked."""

import contextlib
import json
import shutil
from pathlib import Path

import pytest

from chromium import Chromium, Page
from namespace import Namespace
from website import SITE, serve

PAGE = Path(__file__).parents[2] / "src/check/page"
TEXTS = json.loads((PAGE / "texts.json").read_text())
FIGURES = {"sent": 100, "lost": 0, "loss_percent": 0, "rtt_ms": 12.3, "jitter_ms": 1, "more_ms": 2, "throughput_bps": 1_980_000}
SLOW = {"rtt_ms": 61, "more_ms": 41.7}
HOSTS = {"ipv4": "203.0.113.5", "ipv6": "2001:db8::5", "any": "turn.example.org"}
FACTS = {"webrtc": True, "host": "turn.example.org", "port": 443, "signalling": "works", "throughput_bps_max": 2_000_000}

NETWORK, SERVICE, ALSO = "Ask the administrator of this network", "Tell the administrator of turn.example.org", "Also"
STREAMS = "By TCP or TLS a packet that is lost holds up those after it. On a poor line calls stutter more than by UDP."
UDP_BEST = "Calls sound and look best by UDP."
AS_IT_IS = "as it is, past any proxy and without inspection: it is a call and not the web."
BEST = "Calls will use UDP to port 3478, the best way, with a round trip of 12 ms."


def way(kind: str, state: str, family: str = "ipv4", **more) -> dict:
    """A way with the figures of one that works."""
    family = "any" if kind == "tls" else family
    figures = {**FIGURES, **more} if state == "works" else more
    return {"id": f"{kind}-{family}", "kind": kind, "family": family, "port": 443 if kind == "tls" else 3478, "host": HOSTS[family], "state": state, **figures}


def ways(udp: str, tcp: str, tls: str, **more) -> list[dict]:
    return [way("udp", udp, **more), way("tcp", tcp, **more), way("tls", tls, **more)]


def both(udp4: str, udp6: str, tcp4: str, tcp6: str, tls: str) -> list[dict]:
    families = [("udp", udp4, "ipv4"), ("udp", udp6, "ipv6"), ("tcp", tcp4, "ipv4"), ("tcp", tcp6, "ipv6")]
    return [*(way(kind, state, family) for kind, state, family in families), way("tls", tls)]


# name: (facts that differ, tone, headline, {heading: lines})
VERDICTS = {
    "all works": ({"ways": ways("works", "works", "works")}, "good", BEST, {}),
    "UDP is blocked": (
        {"ways": [way("udp", "blocked"), way("tcp", "works"), way("tls", "works", **SLOW)]},
        "limited",
        "UDP to port 3478 is blocked; calls will use TCP or TLS, with about 40 ms more.",
        {NETWORK: [f"to allow UDP to port 3478 of 203.0.113.5, and the answers to it. {UDP_BEST}"], ALSO: [STREAMS]},
    ),
    "all but TLS is blocked": (
        {"ways": ways("blocked", "blocked", "works", **SLOW)},
        "limited",
        "UDP to port 3478 and TCP to port 3478 are blocked; calls will use TLS, with about 40 ms more.",
        {NETWORK: [f"to allow UDP to port 3478 of 203.0.113.5, and the answers to it. {UDP_BEST}"], ALSO: [STREAMS]},
    ),
    "a fast line needs no more time by TLS": (
        {"ways": ways("blocked", "blocked", "works", more_ms=4.9)},
        "limited",
        "UDP to port 3478 and TCP to port 3478 are blocked; calls will use TLS, with hardly any more delay.",
        {NETWORK: [f"to allow UDP to port 3478 of 203.0.113.5, and the answers to it. {UDP_BEST}"], ALSO: [STREAMS]},
    ),
    "only web pages": (
        {"ways": both("blocked", "blocked", "blocked", "blocked", "blocked"), "signalling": "blocked", "has_two_addresses": True},
        "bad",
        "Only the web gets through; calls that need the relay will fail here.",
        {
            NETWORK: [
                f"to allow UDP to port 3478 of 203.0.113.5 and 2001:db8::5, and the answers to it. {UDP_BEST}",
                f"or at least to allow TLS to port 443 of turn.example.org {AS_IT_IS}",
                "to allow WebSockets to turn.example.org (wss, port 443). Without them no call begins.",
            ],
            ALSO: ["The web leaves this network from another address than calls: there is a proxy or a VPN between."],
        },
    ),
    "a server of TLS alone, blocked": (
        {"ways": ways("not_offered", "not_offered", "blocked")},
        "bad",
        "Only the web gets through; calls that need the relay will fail here.",
        {NETWORK: [f"to allow TLS to port 443 of turn.example.org {AS_IT_IS}"]},
    ),
    "a server without TLS, blocked": (
        {"ways": ways("blocked", "blocked", "not_offered")},
        "bad",
        "Only the web gets through; calls that need the relay will fail here.",
        {
            NETWORK: [
                f"to allow UDP to port 3478 of 203.0.113.5, and the answers to it. {UDP_BEST}",
                "or at least to allow TCP to port 3478 of 203.0.113.5.",
            ]
        },
    ),
    "a network without IPv6": (
        {"ways": both("works", "blocked", "works", "blocked", "works")},
        "good",
        BEST,
        {ALSO: ["There is no IPv6 here. Calls do not need it."]},
    ),
    "a network without IPv6 in which UDP is blocked": (
        {"ways": both("blocked", "blocked", "works", "blocked", "works")},
        "limited",
        "UDP to port 3478 is blocked; calls will use TCP or TLS, with hardly any more delay.",
        {
            NETWORK: [f"to allow UDP to port 3478 of 203.0.113.5, and the answers to it. {UDP_BEST}"],
            ALSO: [STREAMS, "There is no IPv6 here. Calls do not need it."],
        },
    ),
    "a network without IPv6 from which TLS alone leads": (
        {"ways": both("blocked", "absent", "blocked", "absent", "works")},
        "limited",
        "UDP to port 3478 and TCP to port 3478 are blocked; calls will use TLS, with hardly any more delay.",
        {
            NETWORK: [f"to allow UDP to port 3478 of 203.0.113.5, and the answers to it. {UDP_BEST}"],
            ALSO: [STREAMS, "There is no IPv6 here. Calls do not need it."],
        },
    ),
    "the family by which the page came is not absent": (
        {"ways": both("works", "blocked", "works", "blocked", "works"), "web_family": "ipv6"},
        "good",
        BEST,
        {ALSO: ["UDP 3478, IPv6 and TCP 3478, IPv6 are blocked, but calls do not need it."]},
    ),
    "UDP is blocked in one family": (
        {"ways": both("works", "blocked", "works", "works", "works")},
        "good",
        BEST,
        {ALSO: ["UDP 3478, IPv6 is blocked, but calls do not need it."]},
    ),
    "TLS is blocked and UDP works": (
        {"ways": ways("works", "works", "blocked")},
        "good",
        BEST,
        {ALSO: ["TLS to port 443 is blocked. It does not matter while UDP works."]},
    ),
    "a line that loses": (
        {"ways": ways("works", "works", "works", loss_percent=8, jitter_ms=35.2)},
        "limited",
        BEST,
        {
            ALSO: [
                "UDP to port 3478 loses 8 % of its packets: sound and pictures will suffer.",
                "Packets by UDP to port 3478 come unevenly, by 35 ms: sound will lag or stutter.",
            ]
        },
    ),
    "a line that is long and narrow": (
        {"ways": ways("works", "works", "works", rtt_ms=612, throughput_bps=300_000)},
        "limited",
        "Calls will use UDP to port 3478, the best way, with a round trip of 612 ms.",
        {
            ALSO: [
                "A round trip of 612 ms is long: people will talk into each other's words.",
                "Only 0.3 Mb/s get through by UDP to port 3478: pictures will be small or stand still.",
            ]
        },
    ),
    "signalling is swallowed": (
        {"ways": ways("works", "works", "works"), "signalling": "blocked"},
        "bad",
        BEST,
        {NETWORK: ["to allow WebSockets to turn.example.org (wss, port 443). Without them no call begins."]},
    ),
    "LiveKit is down": (
        {"ways": ways("works", "works", "works"), "signalling": "down", "signalling_status": 502},
        "bad",
        BEST,
        {SERVICE: ["LiveKit behind it does not answer (status 502). No call can begin."]},
    ),
    "LiveKit never answers": (
        {"ways": ways("works", "works", "works"), "signalling": "down", "signalling_status": None},
        "bad",
        BEST,
        {SERVICE: ["LiveKit behind it does not answer (status –). No call can begin."]},
    ),
    "the server offers no UDP": (
        {"ways": ways("not_offered", "not_offered", "works")},
        "limited",
        "This server offers no UDP; calls will use TLS, with hardly any more delay.",
        {ALSO: [STREAMS]},
    ),
    "the server refuses": (
        {"ways": ways("refused", "refused", "refused", code=486)},
        "bad",
        "The server can be reached but refuses to relay; it is not this network that stops calls.",
        {SERVICE: ["it refused to relay by UDP to port 3478, TCP to port 3478, and TLS to port 443 with error 486."]},
    ),
    "the server refuses UDP alone": (
        {"ways": [way("udp", "refused", code=508), way("tcp", "works"), way("tls", "works")]},
        "limited",
        "The server refuses relays over UDP; calls will use TCP or TLS, with hardly any more delay.",
        {SERVICE: ["it refused to relay by UDP to port 3478 with error 508."], ALSO: [STREAMS]},
    ),
    "the relay passes nothing on": (
        {"ways": ways("silent", "silent", "blocked")},
        "bad",
        "The server can be reached but relays nothing; it is not this network that stops calls.",
        {SERVICE: ["relays are given out for UDP to port 3478 and TCP to port 3478, but nothing that is sent through them arrives."]},
    ),
    "credentials ran out": (
        {"ways": ways("blocked", "skipped", "skipped"), "ran_out": True},
        "bad",
        "The check did not finish: nothing works so far, but not all was tried.",
        {ALSO: ["The server gave no new credentials for the ways that were not tried."]},
    ),
    "a server that offers nothing": (
        {"ways": ways("not_offered", "not_offered", "not_offered")},
        "bad",
        "This server offers no relay that could be tried.",
        {SERVICE: ["the check offers no way to a relay."]},
    ),
    "a browser that cannot": (
        {"ways": ways("skipped", "skipped", "skipped"), "webrtc": False},
        "bad",
        "This browser cannot make calls: it has no WebRTC, or it is switched off. Nothing is known of the network.",
        {NETWORK: ["to allow WebRTC in this browser; or take another browser."]},
    ),
    "a page in the background": (
        {"ways": ways("works", "works", "works"), "was_hidden": True},
        "good",
        BEST,
        {ALSO: ["This page was in the background for a while. Browsers slow such pages down: figures may be worse than they are."]},
    ),
}

# delays in milliseconds, None for what was lost: what the figures of them are
FIGURES_OF = [
    ([], {"sent": 0, "lost": 0, "loss_percent": 0}),
    ([None, None], {"sent": 2, "lost": 2, "loss_percent": 100}),
    ([10, 10, None, 10], {"sent": 4, "lost": 1, "loss_percent": 25, "rtt_ms": 10, "jitter_ms": 0, "more_ms": 0}),
    ([20, 36], {"rtt_ms": 36, "rtt_min_ms": 20, "rtt_max_ms": 36, "jitter_ms": 1}),
    ([10] * 90 + [50] * 10, {"rtt_ms": 10, "rtt_max_ms": 50, "more_ms": 40, "loss_percent": 0}),
]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """An empty page with what the check's page is made of."""
    directory = tmp_path_factory.mktemp("verdicts")
    site = directory / "site"
    shutil.copytree(PAGE, site)
    (site / "index.html").write_text("<!doctype html><title>Modules</title>")
    with contextlib.ExitStack() as stack:
        host = stack.enter_context(contextlib.closing(Namespace("verdicts")))
        stack.enter_context(serve(host, site))
        running = stack.enter_context(contextlib.closing(Chromium(host, directory, [])))
        made = Page(running, f"{SITE}/")
        made.run("(async () => { for (const each of ['verdict', 'words']) window[each] = await import(`./${each}.js`); await words.loadTexts(); })()")
        yield made


@pytest.mark.parametrize("name", VERDICTS)
def test_a_verdict_says_what_was_seen_and_what_to_ask_for(page, name):
    differing, tone, headline, parts = VERDICTS[name]
    facts = json.dumps(FACTS | differing)
    said = page.run(f"(() => {{ const judged = verdict.judge({facts}); return {{ tone: judged.tone, ...words.inWords(judged, '{FACTS['host']}') }}; }})()")
    assert said["headline"] == headline
    assert {part["heading"]: part["lines"] for part in said["parts"]} == parts
    assert said["tone"] == tone


def test_every_verdict_of_the_texts_is_in_the_table_of_the_tests(page):
    seen = {page.run(f"verdict.judge({json.dumps(FACTS | differing)}).id") for differing, *_ in VERDICTS.values()}
    assert set(TEXTS["verdict"]) - seen == {"udp_silent", "untried"}


@pytest.mark.parametrize("udp", TEXTS["state"])
@pytest.mark.parametrize("streams", TEXTS["state"])
def test_whatever_is_seen_has_words(page, udp, streams):
    tls = "blocked" if streams == "absent" else streams  # a name is of no family that could be absent
    facts = FACTS | {"ways": [way("udp", udp, code=486), way("tcp", streams, code=486), way("tls", tls, code=401)]}
    said = page.run(f"words.inWords(verdict.judge({json.dumps(facts)}), 'h')")
    lines = [said["headline"], *(line for part in said["parts"] for line in part["lines"])]
    for line in lines:
        assert line.endswith(".") and "  " not in line and " ," not in line and not set(line) & set("{}"), line
        assert "undefined" not in line and "NaN" not in line, line


@pytest.mark.parametrize("delays, expected", FIGURES_OF)
def test_figures(page, delays, expected):
    given = json.dumps(delays).replace("null", "undefined")
    figures = page.run(f"verdict.figures({given})")
    assert {key: figures.get(key) for key in expected} == pytest.approx(expected)


def test_the_texts_are_one_file_and_none_is_left_over():
    """A text is named in the scripts or the page, whole or by the part before its last name."""
    sources = "".join(path.read_text() for path in PAGE.iterdir() if path.suffix in (".js", ".html"))

    def names(part, before: str = ""):
        for key, value in part.items():
            yield from names(value, f"{before}{key}.") if isinstance(value, dict) else [f"{before}{key}"]

    for name in names({key: value for key, value in TEXTS.items() if not isinstance(value, list)}):
        group, _, last = name.rpartition(".")
        assert name in sources or f"{group}.$" in sources or f"texts.{group}" in sources or f"texts.{last}" in sources, f"{name} is used nowhere"
