#!/usr/bin/env python3
# Headless Chromium through a pipe: no package, no socket, no driver.
#
# Chromium with --remote-debugging-pipe reads commands from file descriptor 3 and writes answers to
# 4, JSON that ends with a NUL. `Browser` starts it with a profile of its own and ends it; `Page` is
# one tab, offline, which keeps each message and each request that it saw.
# Read before: tests/README.md. Read next: theatre_test.py.

import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = """--headless=new --remote-debugging-pipe --disable-gpu --no-first-run --mute-audio
    --disable-background-networking --disable-component-update --disable-sync --disable-extensions
    --disable-default-apps --hide-scrollbars --force-color-profile=srgb
    --disable-dev-shm-usage""".split()


def find():
    """The path of a Chromium, or None; REEL_CHROMIUM names another."""
    given = os.environ.get("REEL_CHROMIUM")
    return given or next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    def __init__(self, path):
        self.profile = tempfile.mkdtemp(prefix="reel-theatre-")
        commands, self.to_browser = os.pipe()
        self.from_browser, answers = os.pipe()
        flags = FLAGS + [f"--user-data-dir={self.profile}"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            flags.append("--no-sandbox")
        # The shell moves the two ends to 3 and 4.
        self.process = subprocess.Popen(
            ["sh", "-c", f'exec "$0" "$@" 3<&{commands} 4>&{answers}', path, *flags, "about:blank"],
            pass_fds=(commands, answers), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(commands)
        os.close(answers)
        self.waiting, self.number, self.pages = b"", 0, {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call("Browser.close")
        except (RuntimeError, OSError):
            pass
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.to_browser)
        os.close(self.from_browser)
        shutil.rmtree(self.profile, ignore_errors=True)

    def receive(self, seconds):
        """The next message."""
        end = time.monotonic() + seconds
        while b"\0" not in self.waiting:
            ready, _, _ = select.select([self.from_browser], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise RuntimeError(f"chromium did not answer within {seconds} s")
            got = os.read(self.from_browser, 1 << 20)
            if not got:
                raise RuntimeError("chromium ended")
            self.waiting += got
        message, self.waiting = self.waiting.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, session=None, seconds=60, **parameters):
        self.number += 1
        number = self.number
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.to_browser, data):]
        while True:
            answer = self.receive(seconds)
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error'].get('message')}")
                return answer["result"]
            page = self.pages.get(answer.get("sessionId"))
            if page:
                page.heard(answer)


class Page:
    """A tab of `width` times `height` pixels, in a theme, without a network."""

    def __init__(self, browser, width, height, theme, touch=False):
        self.browser, self.messages, self.requests, self.loaded = browser, [], [], False
        self.allowed = ("file:", "data:", "about:")
        self.target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=self.target,
                                    flatten=True)["sessionId"]
        browser.pages[self.session] = self
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")
        self.call("Network.emulateNetworkConditions", offline=True, latency=0,
                  downloadThroughput=0, uploadThroughput=0)
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=touch)
        if touch:
            self.call("Emulation.setTouchEmulationEnabled", enabled=True)
        self.theme = theme
        self.motion(False)

    def motion(self, wanted):
        """Whether the reader likes what moves."""
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": self.theme},
            {"name": "prefers-reduced-motion", "value": "no-preference" if wanted else "reduce"}])

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def heard(self, message):
        kind, what = message.get("method"), message.get("params", {})
        if kind == "Runtime.consoleAPICalled":
            texts = [str(a.get("value", a.get("description"))) for a in what["args"]]
            self.messages.append(" ".join(texts))
        elif kind == "Runtime.exceptionThrown":
            details = what["exceptionDetails"]
            self.messages.append(details.get("exception", {}).get("description", details["text"]))
        elif kind == "Log.entryAdded":
            self.messages.append(what["entry"]["text"])
        elif kind == "Network.requestWillBeSent":
            if not what["request"]["url"].startswith(self.allowed):
                self.requests.append(what["request"]["url"])
        elif kind == "Page.loadEventFired":
            self.loaded = True

    def open(self, path, address=""):
        self.call("Page.navigate", url="about:blank")
        self.loaded = False
        self.call("Page.navigate", url=f"file://{os.path.abspath(path)}{address}")
        self.wait("Boolean(window.theatre)")

    def run(self, script):
        """What an expression, or a promise of it, gives."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True,
                           awaitPromise=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise RuntimeError(details.get("exception", {}).get("description", details["text"]))
        return answer["result"].get("value")

    def wait(self, condition, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.run(condition):
                return
            time.sleep(0.02)
        raise RuntimeError(f"not within {seconds} s: {condition}; messages: {self.messages}")

    def key(self, name, text=""):
        codes = {"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "End": 35,
                 "Home": 36, "PageUp": 33, "PageDown": 34, "Escape": 27, "Enter": 13, "Tab": 9}
        code = codes.get(name) or ord(name.upper())
        kind = {"type": "keyDown", "text": text} if text else {"type": "rawKeyDown"}
        self.call("Input.dispatchKeyEvent", key=name, windowsVirtualKeyCode=code, **kind)
        self.call("Input.dispatchKeyEvent", key=name, windowsVirtualKeyCode=code, type="keyUp")

    def click(self, selector):
        """Presses the middle of what a selector finds."""
        box = self.run(f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
                       "e.scrollIntoView({block: 'nearest'}); const r = e.getBoundingClientRect();"
                       "return [r.x + r.width / 2, r.y + r.height / 2]; })()")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left",
                      clickCount=1)

    def move(self, x, y):
        """The mouse, without a button."""
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def swipe(self, selector, across):
        """A finger drawn sideways by so many pixels."""
        x, y = self.run(f"(() => {{ const r = document.querySelector({json.dumps(selector)})"
                        ".getBoundingClientRect(); return [r.x + r.width / 2, r.y + 12]; })()")
        self.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
        for k in (1, 2, 3):
            self.call("Input.dispatchTouchEvent", type="touchMove",
                      touchPoints=[{"x": x + across * k / 3, "y": y}])
        self.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def picture(self, path):
        """What is seen, as PNG."""
        import base64
        data = base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])
        with open(path, "wb") as file:
            file.write(data)

    def close(self):
        self.browser.call("Target.closeTarget", targetId=self.target)
        del self.browser.pages[self.session]


if __name__ == "__main__":
    sys.exit("browser.py is for theatre_test.py")
