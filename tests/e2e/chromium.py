"""Headless Chromium on a host of the scene, driven over a pipe with its DevTools protocol."""

import base64
import fcntl
import itertools
import json
import os
import select
import subprocess
import time
from pathlib import Path

from namespace import Namespace
from server import die_with_parent

FLAGS = [
    "--headless",
    "--no-sandbox",  # the tests run as root
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--remote-debugging-pipe",
]
ITS_INPUT, ITS_OUTPUT = 3, 4  # the descriptors that --remote-debugging-pipe speaks of
ABOVE_THEM = 10
PATIENCE_S = 60


class Chromium:
    """One browser with a profile of its own. `flags` are added to those that it needs to run at all."""

    def __init__(self, host: Namespace, directory: Path, flags: list[str]):
        self._numbers = itertools.count(1)
        self._unread = b""
        its_input, self._write_end = os.pipe()
        self._read_end, its_output = os.pipe()
        theirs = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, ABOVE_THEM) for end in (its_input, its_output)]
        os.close(its_input)
        os.close(its_output)

        def prepare() -> None:
            die_with_parent()
            for end, number in zip(theirs, (ITS_INPUT, ITS_OUTPUT)):
                os.dup2(end, number)

        command = [*host.command(), "chromium", f"--user-data-dir={directory / 'profile'}", *FLAGS, *flags]
        environment = {**os.environ, "HOME": str(directory)}
        with (directory / "chromium.log").open("wb") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, preexec_fn=prepare, close_fds=False
            )
        for end in theirs:
            os.close(end)

    def close(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self._read_end)
        os.close(self._write_end)

    def ask(self, method: str, session: str | None = None, **parameters):
        """The result of a command; what the browser tells unasked is passed over."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters, **({"sessionId": session} if session else {})}
        os.write(self._write_end, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + PATIENCE_S
        while (answer := self._receive(until)).get("id") != number:
            pass
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def _receive(self, until: float) -> dict:
        while b"\0" not in self._unread:
            if not select.select([self._read_end], [], [], max(0, until - time.monotonic()))[0]:
                raise TimeoutError(f"Chromium did not answer within {PATIENCE_S} s")
            data = os.read(self._read_end, 1 << 16)
            if not data:
                raise RuntimeError("Chromium ended")
            self._unread += data
        message, _, self._unread = self._unread.partition(b"\0")
        return json.loads(message)


class Page:
    """A page of a browser, loaded. `prelude` is a script that runs before those of the page."""

    def __init__(self, browser: Chromium, url: str, prelude: str = ""):
        self._browser = browser
        self._target = browser.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = browser.ask("Target.attachToTarget", targetId=self._target, flatten=True)["sessionId"]
        self.ask("Page.enable")
        self.ask("Page.addScriptToEvaluateOnNewDocument", source=prelude)
        self.ask("Page.navigate", url=url)
        until = time.monotonic() + PATIENCE_S
        while not self.run(f"location.href === {json.dumps(url)} && document.readyState === 'complete'"):
            assert time.monotonic() < until, f"{url} is not loaded after {PATIENCE_S} s"
            time.sleep(0.05)

    def close(self) -> None:
        self._browser.ask("Target.closeTarget", targetId=self._target)

    def ask(self, method: str, **parameters):
        """The result of a command of the DevTools protocol."""
        return self._browser.ask(method, self._session, **parameters)

    def press(self, key: str) -> None:
        """A key that has a name and writes nothing, or Enter."""
        written = {"text": "\r"} if key == "Enter" else {}
        code = {"Tab": 9, "Enter": 13}[key]
        for kind in ("keyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **(written if kind == "keyDown" else {}))

    def picture(self, width: int, scheme: str) -> bytes:
        """A PNG of the whole page as a window of that width shows it, `light` or `dark`."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        size = self.ask("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": width, "height": size["height"], "scale": 1}
        return base64.b64decode(self.ask("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)["data"])

    def run(self, script: str):
        """The value of this JavaScript expression; of a promise, once it is kept."""
        answer = self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise RuntimeError(details.get("exception", {}).get("description") or details["text"])
        return answer["result"].get("value")
