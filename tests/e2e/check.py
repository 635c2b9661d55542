"""The connectivity page, opened by somebody on a host of the scene."""

import json
import time
from pathlib import Path

from chromium import Chromium, Page
from scene import DOMAIN

PATH = "/.turnpike/check"
URL = f"https://{DOMAIN}{PATH}"
PICTURES = Path(__file__).parents[2] / "build/check_page"
PATIENCE_S = 150

# What the page must not do: break its own policy, or fail unseen.
WATCH = """
window.faults = [];
addEventListener("error", (event) => faults.push(String(event.message ?? event.target.src)), true);
addEventListener("unhandledrejection", (event) => faults.push(String(event.reason)));
document.addEventListener("securitypolicyviolation", (event) => faults.push(`${event.violatedDirective} ${event.blockedURI}`));
"""


class Check:
    """The page in this browser."""

    def __init__(self, running: Chromium, prelude: str = ""):
        self.page = Page(running, URL, WATCH + prelude)

    def say(self, expression: str):
        return self.page.run(expression)

    @property
    def headline(self) -> str:
        return self.say("document.getElementById('headline').textContent")

    @property
    def lines(self) -> list[str]:
        return self.say("[...document.querySelectorAll('#advice li')].map((each) => each.textContent)")

    @property
    def tone(self) -> str:
        return self.say("document.getElementById('verdict').dataset.tone")

    def finish(self) -> dict:
        """The report, once there is a verdict."""
        until = time.monotonic() + PATIENCE_S
        while self.tone in ("loading", "running"):
            assert time.monotonic() < until, f"no verdict after {PATIENCE_S} s: {self.headline}"
            time.sleep(0.2)
        assert self.say("faults") == [], self.headline
        return json.loads(self.copied("json")) if self.say("!document.getElementById('report').hidden") else {}

    def copied(self, form: str) -> str:
        """What the button copies."""
        kept = "navigator.clipboard.writeText = async (text) => { window.copied = text; }"
        self.say(f"{kept}, document.getElementById('copy-{form}').click(), new Promise((done) => setTimeout(done, 50))")
        return self.say("window.copied")

    def take_pictures(self, name: str) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        for width, scheme in ((360, "light"), (360, "dark"), (1280, "light"), (1280, "dark")):
            (PICTURES / f"{name}-{width}-{scheme}.png").write_bytes(self.page.picture(width, scheme))
            for part in ("document.documentElement", "document.querySelector('main')"):
                assert self.say(f"{part}.scrollWidth - {part}.clientWidth") <= 0, f"{name} is wider than {width} pixels"

    def close(self) -> None:
        self.page.close()


def states(report: dict) -> dict[str, str]:
    return {way["id"]: way["state"] for way in report["ways"]}
