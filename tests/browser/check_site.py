"""Looks at a built site in a real browser.

    python3 tests/browser/check_site.py CHROMIUM SITE [SITE ...]

CHROMIUM is the path of a Chromium or Chrome binary, each SITE a folder that `milepost build` wrote. Nothing but
Python's standard library is needed: the browser is driven over its DevTools pipe (`--remote-debugging-pipe`).

Of every site:

- every link, image and anchor of every page leads to a file (and an id) inside the site; checked without the browser;
- every page type (the index, the data page, the pages of lists, the first, the largest and the smallest KPI page; all pages with `--all`)
  is opened from `file://` at 390 and at 1280 pixels, light and dark, and
  - nothing is written to the console, and nothing is thrown,
  - nothing is requested but files of the site (`data:` is part of the page),
  - the page does not scroll sideways,
  - the text of every chart that is shown is at least 10 pixels high,
  - no text of a chart overlaps another,
  - with scripts off the page has the same text;
- text and background differ enough (WCAG AA) wherever both are plain colors.

Prints each failure, and as the last line `N passed, M failed`. Exit code 0 only if something passed and nothing
failed; 2 if it could not run.
"""

import argparse
import fcntl
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

WIDTHS = [(390, 844), (1280, 900)]
SCHEMES = ["light", "dark"]
TIMEOUT_SECONDS = 60
# Runs in the child: puts the two pipes where Chromium looks for them.
LAUNCH = "import os,sys;os.dup2(int(sys.argv[1]),3);os.dup2(int(sys.argv[2]),4);os.execv(sys.argv[3],sys.argv[3:])"

LAYOUT = r"""(() => {
  const out = {
    wide: document.scrollingElement.scrollWidth, room: innerWidth,
    culprits: [], small: [], overlaps: [], missing: [], faint: [], text: document.body.innerText,
  };
  if (out.wide > out.room) {
    for (const e of document.querySelectorAll('body *')) {
      if (e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll')) out.culprits.push(e.tagName + '.' + (e.getAttribute('class') || ''));
    }
    out.culprits.splice(5);
  }
  for (const i of document.images) if (!i.complete || i.naturalWidth === 0) out.missing.push(i.src);
  for (const svg of document.querySelectorAll('svg')) {
    const frame = svg.getBoundingClientRect();
    if (frame.width === 0 || svg.getClientRects().length === 0) continue;
    const boxes = [];
    for (const t of svg.querySelectorAll('text')) {
      if (getComputedStyle(t).visibility === 'hidden' || !t.textContent.trim()) continue;
      const scale = t.getScreenCTM().a;
      const size = parseFloat(getComputedStyle(t).fontSize) * scale;
      if (size < 9.95) out.small.push(t.textContent + ' ' + size.toFixed(1));
      const b = t.getBoundingClientRect();
      for (const [name, o] of boxes) {
        if (b.left < o.right - 1 && o.left < b.right - 1 && b.top + 3 < o.bottom - 3 && o.top + 3 < b.bottom - 3) out.overlaps.push(name + ' / ' + t.textContent);
      }
      if (b.left < -1 || b.right > innerWidth + 1) out.overlaps.push(t.textContent + ' leaves the screen');
      boxes.push([t.textContent, b]);
    }
  }
  const channels = c => { const m = c.match(/^rgba?\(([^)]+)\)$/); if (!m) return null; const p = m[1].split(/[ ,\/]+/).map(Number); return p.length > 3 && p[3] < 1 ? (p[3] === 0 ? 'clear' : null) : p.slice(0, 3); };
  const light = p => { const f = p.map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }); return .2126 * f[0] + .7152 * f[1] + .0722 * f[2]; };
  const seen = new Set();
  for (const e of document.querySelectorAll('body *')) {
    if (e.closest('svg') || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    if (e.getClientRects().length === 0) continue;
    const style = getComputedStyle(e), ink = channels(style.color);
    let ground = 'clear';
    for (let a = e; a && ground === 'clear'; a = a.parentElement) ground = channels(getComputedStyle(a).backgroundColor);
    if (!Array.isArray(ink) || !Array.isArray(ground)) continue;
    const [a, b] = [light(ink), light(ground)].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05), px = parseFloat(style.fontSize), large = px >= 24 || px >= 18.66 && +style.fontWeight >= 700;
    const key = e.tagName + '.' + e.className;
    if (ratio < (large ? 3 : 4.5) && !seen.has(key)) { seen.add(key); out.faint.push(key + ' ' + ratio.toFixed(2)); }
  }
  return out;
})()"""


class Browser:
    """Chromium behind a pipe. One page at a time."""

    def __init__(self, binary):
        self.profile = tempfile.mkdtemp(prefix="milepost-browser-")
        (to_read, to_write), (from_read, from_write) = os.pipe(), os.pipe()
        # Above 10, so that putting them at 3 and 4 overwrites neither.
        child = [fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (to_read, from_write)]
        os.close(to_read)
        os.close(from_write)
        flags = [
            "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-dev-shm-usage",
            "--hide-scrollbars", "--remote-debugging-pipe", f"--user-data-dir={self.profile}", "about:blank",
        ]
        self.process = subprocess.Popen(
            [sys.executable, "-c", LAUNCH, *map(str, child), binary, *flags],
            pass_fds=child, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )
        for fd in child:
            os.close(fd)
        self.write, self.read = to_write, from_read
        self.buffer, self.id, self.events, self.session = b"", 0, [], None

    def close(self):
        """Ends the browser and removes its profile."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        os.close(self.write)
        os.close(self.read)
        shutil.rmtree(self.profile, ignore_errors=True)

    def call(self, method, **params):
        """Sends a command and waits for its answer; events that come meanwhile are kept."""
        self.id += 1
        message = {"id": self.id, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.write, data):]
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while True:
            answer = self.receive(deadline)
            if answer.get("id") == self.id:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def receive(self, deadline):
        """The next message."""
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.read], [], [], max(0.0, deadline - time.monotonic()))
            chunk = os.read(self.read, 1 << 16) if ready else b""
            if not chunk:
                raise RuntimeError("the browser does not answer")
            self.buffer += chunk
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def wait_for(self, method):
        """Waits for an event of that name."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not any(e.get("method") == method for e in self.events):
            self.events.append(self.receive(deadline))

    def evaluate(self, expression):
        """The value of a JavaScript expression in the page (this works with the page's scripts off, too)."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"])[:500])
        return answer["result"].get("value")

    def open(self, address, size, scheme, scripts=True):
        """Opens a fresh page and waits until it is loaded. Returns the events on the way."""
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        self.call("Network.setCacheDisabled", cacheDisabled=True)
        self.call(
            "Emulation.setDeviceMetricsOverride", width=size[0], height=size[1], deviceScaleFactor=1,
            mobile=size[0] < 600,
        )
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.events.clear()
        self.call("Page.navigate", url=address)
        self.wait_for("Page.loadEventFired")
        # What a page does right after it is loaded counts too.
        self.evaluate("1")
        return target

    def leave(self, target):
        """Closes a page."""
        self.session = None
        self.call("Target.closeTarget", targetId=target)


class Links(HTMLParser):
    """Collects what a page points to, and the ids it has."""

    def __init__(self):
        super().__init__()
        self.links, self.ids = [], []

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            elif name in ("href", "src", "xlink:href", "poster", "action", "data") and value is not None:
                self.links.append((tag, value))


class Report:
    """Counts, and tells failures as they come."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, ok, what, detail=""):
        if ok:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAIL {what}: {detail}")


def check_links(site, pages, report):
    """Every link leads to a file inside the site, and every id is there once."""
    parsed = {}
    for page in pages:
        parsed[page] = Links()
        parsed[page].feed(page.read_text(encoding="utf-8"))
    for page, found in parsed.items():
        name = page.relative_to(site).as_posix()
        twice = sorted({i for i in found.ids if found.ids.count(i) > 1})
        report.check(not twice, f"{name}: ids are unique", twice)
        wrong = []
        for tag, link in found.links:
            parts = urlsplit(link)
            if parts.scheme == "data":
                continue
            if parts.scheme or parts.netloc or parts.path.startswith("/"):
                # A link for the reader is not fetched; anything else would be.
                if tag != "a" or parts.scheme not in ("http", "https", "mailto"):
                    wrong.append(f"{link} leaves the site")
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            if not target.is_file() or site not in target.parents:
                wrong.append(f"{link} is no file of the site")
            elif parts.fragment and target in parsed and unquote(parts.fragment) not in parsed[target].ids:
                wrong.append(f"{link} has no such id")
        report.check(not wrong, f"{name}: links", wrong[:5])


def page_types(site, pages, everything):
    """One page of each type; of the KPI pages the first, the smallest and the largest."""
    if everything:
        return pages
    kpis = [p for p in pages if p.parent.name == "kpi"]
    by_size = sorted(kpis, key=lambda p: (p.stat().st_size, p.name))
    chosen = [p for p in pages if p not in kpis] + kpis[:1] + by_size[:1] + by_size[-1:]
    return list(dict.fromkeys(chosen))


def check_page(browser, site, page, size, scheme, report):
    """All that a browser can tell about one page in one form."""
    name = f"{page.relative_to(site).as_posix()} at {size[0]} px, {scheme}"
    inside = site.as_uri() + "/"
    target = browser.open(page.as_uri(), size, scheme)
    layout = browser.evaluate(LAYOUT)
    said, asked = [], []
    for event in browser.events:
        method, params = event.get("method"), event.get("params", {})
        if method == "Runtime.consoleAPICalled":
            said.append(str([a.get("value") for a in params.get("args", [])]))
        elif method == "Runtime.exceptionThrown":
            said.append(params["exceptionDetails"].get("text", "exception"))
        elif method == "Log.entryAdded":
            said.append(params["entry"].get("text", ""))
        elif method == "Network.requestWillBeSent":
            address = params["request"]["url"]
            if not address.startswith((inside, "data:")):
                asked.append(address)
        elif method == "Network.loadingFailed":
            said.append(f"loading failed: {params.get('errorText')}")
    browser.leave(target)
    report.check(not said, f"{name}: the console is silent", said[:3])
    report.check(not asked, f"{name}: nothing is asked elsewhere", asked[:3])
    report.check(layout["wide"] <= layout["room"], f"{name}: no sideways scroll", (layout["wide"], layout["culprits"]))
    report.check(not layout["missing"], f"{name}: images are there", layout["missing"][:3])
    report.check(not layout["small"], f"{name}: chart text is readable", layout["small"][:3])
    report.check(not layout["overlaps"], f"{name}: chart texts keep apart", layout["overlaps"][:3])
    report.check(not layout["faint"], f"{name}: contrast", layout["faint"][:5])
    report.check(len(layout["text"].strip()) > 50, f"{name}: there is text", repr(layout["text"][:50]))
    target = browser.open(page.as_uri(), size, scheme, scripts=False)
    text = browser.evaluate("document.body.innerText")
    browser.leave(target)
    report.check(text == layout["text"], f"{name}: the same text with scripts off", "")


def check_site(browser, site, everything, report):
    """A whole site."""
    pages = sorted(site.rglob("*.html"))
    report.check(site / "index.html" in pages, f"{site.name}: has an index", [str(p) for p in pages[:3]])
    report.check(any(p.parent.name == "kpi" for p in pages), f"{site.name}: has KPI pages", "")
    check_links(site, pages, report)
    for page in page_types(site, pages, everything):
        for size in WIDTHS:
            for scheme in SCHEMES:
                check_page(browser, site, page, size, scheme, report)


def main():
    parser = argparse.ArgumentParser(description="Looks at built sites in a real browser.")
    parser.add_argument("chromium", help="path of a Chromium or Chrome binary")
    parser.add_argument("sites", nargs="+", type=pathlib.Path, help="folders that `milepost build` wrote")
    parser.add_argument("--all", action="store_true", help="open every page, not one of each type")
    options = parser.parse_args()
    if not (os.path.isfile(options.chromium) and os.access(options.chromium, os.X_OK)):
        print(f"there is no browser at {options.chromium}", file=sys.stderr)
        return 2
    report = Report()
    browser = Browser(options.chromium)
    try:
        for site in options.sites:
            check_site(browser, site.resolve(), options.all, report)
    except RuntimeError as error:
        report.check(False, "the browser", error)
    finally:
        browser.close()
    print(f"{report.passed} passed, {report.failed} failed")
    return 0 if report.passed and not report.failed else 1


if __name__ == "__main__":
    sys.exit(main())
