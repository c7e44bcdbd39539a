"""Opens every page of a dashboard in Chromium, uses its forms, and prints what it saw as JSON.

    pages.py CHROMIUM URL [--shots DIRECTORY]

Whether that is as it has to be, the test says that runs this.
"""

import argparse
import json
import pathlib
import re
import urllib.parse

from playwright.sync_api import sync_playwright

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]

# Width, height, colours.
SCREENS = {"desktop": (1280, 800, "light"), "phone": (360, 740, "light"), "dark": (1280, 800, "dark")}

# Text whose colour can hardly be told from what is behind it (WCAG 2.2, 1.4.3), and what is too small to be hit (2.5.8).
LOOK = """() => {
  const parse = (text) => {
    const srgb = text.match(/^color\\(srgb ([^)]*)\\)/);
    const parts = (srgb ? srgb[1] : text).match(/[0-9.e-]+/g).map(Number);
    const scale = srgb ? 255 : 1;
    return [parts[0] * scale, parts[1] * scale, parts[2] * scale, parts.length > 3 ? parts[3] : 1];
  };
  const over = (a, b) => [0, 1, 2].map((i) => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
  const behind = (element) => {
    let layers = [];
    for (let at = element; at; at = at.parentElement) layers.push(parse(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((below, above) => over(above, below), [255, 255, 255, 1]);
  };
  const light = (colour) => {
    const part = colour.slice(0, 3).map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2];
  };
  const faint = new Set();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !element.getClientRects().length) continue;
    const paper = behind(element);
    const ink = over(parse(getComputedStyle(element).color), paper);
    const [a, b] = [light(ink), light(paper)].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < 4.5) faint.add(`${contrast.toFixed(2)} ${texts.currentNode.data.trim().slice(0, 40)}`);
  }
  const small = [];
  for (const element of document.querySelectorAll("button, select, input:not([type=hidden]), textarea, summary, .button")) {
    const box = element.getBoundingClientRect();
    if (box.width && (box.width < 24 || box.height < 24)) small.push(`${element.tagName} ${box.width}x${box.height}`);
  }
  const outside = [];
  for (const element of document.body.querySelectorAll("*")) {
    const box = element.getBoundingClientRect();
    if (element.matches(".skip, .unseen") || element.closest("thead, pre, .scroll, svg") || !box.width) continue;
    if (box.right > innerWidth + 1 || box.left < -1) outside.push(`${element.tagName}.${element.className}`);
  }
  return {
    faint: [...faint], small, outside,
    scrolls: document.documentElement.scrollWidth > innerWidth,
    injected: document.querySelectorAll("script, img, iframe, object, embed, [onclick], [onerror], [onload], [style]").length,
  };
}"""

# Each question to the browser takes a while: what can be asked together is. A header and a footer of the body are the landmarks
# banner and contentinfo (HTML Accessibility API Mappings 1.0).
HEAD = """() => {
  const count = (selector) => document.querySelectorAll(selector).length;
  return {
    heading: document.querySelector("h1").innerText,
    landmarks: ["body > header", "main", "body > footer"].every((own) => count(own) === 1) && count("[role=banner], [role=contentinfo], [role=main]") === 0,
    styled: getComputedStyle(document.querySelector(".top")).display === "flex",
  };
}"""

UNFOLD = """() => {
  const folded = document.querySelectorAll("details:not([open])");
  folded.forEach((own) => own.open = true);
  return folded.length;
}"""


class Watch:
    """What a page of the browser does besides showing something."""

    def __init__(self, page, origin):
        self.said, self.elsewhere = [], set()
        page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (self.said.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("requestfailed", lambda request: self.said.append(f"failed: {request.url}"))
        page.on("request", lambda request: self.look(request.url, origin))

    def look(self, url, origin):
        if not url.startswith((origin + "/", "data:")):
            self.elsewhere.add(url)


def visit(page, watch, url):
    """What there is to say of a page."""
    watch.said.clear()
    answer = page.goto(url)
    seen = {"status": answer.status, **page.evaluate(HEAD), **page.evaluate(LOOK)}
    # What is folded away is looked at, too.
    if page.evaluate(UNFOLD):
        open_too = page.evaluate(LOOK)
        for name in ("faint", "small", "outside"):
            seen[name] = sorted({*seen[name], *open_too[name]})
        seen["scrolls"] = seen["scrolls"] or open_too["scrolls"]
    return {**seen, "said": sorted(set(watch.said))}


def links(page, origin):
    """The pages of the dashboard that a page leads to; of the list of findings, one."""
    hrefs = page.eval_on_selector_all("a[href]", "(all) => all.map((own) => own.href)")
    urls = {urllib.parse.urldefrag(href).url for href in hrefs}
    paths = sorted(url[len(origin):] for url in urls if url.startswith(origin + "/"))
    return [path for path in paths if path == "/findings?state=open" or not path.startswith("/findings?")]


def one_of_each(paths):
    """A page of each kind: an API's or a finding's path has an id in it."""
    kinds = {re.sub(r"/(apis|findings)/[^/?]*", r"/\1/", path.split("?")[0]): path for path in paths}
    return sorted(kinds.values())


def forms(page, watch, origin):
    """Uses every form, as somebody would, and tells what came of it."""
    came = {}
    page.goto(f"{origin}/findings?state=open")
    page.get_by_label("Severity", exact=True).select_option("medium")
    page.get_by_role("button", name="Show").click()
    came["filtered"] = {
        "url": page.url[len(origin):],
        "severities": sorted(set(page.locator("tbody .sev").all_inner_texts())),
        "chosen": page.get_by_label("Severity", exact=True).input_value(),
    }
    page.goto(f"{origin}/explain")
    page.get_by_label("Request").fill(
        "curl -X POST https://k3orders01.execute-api.eu-west-1.amazonaws.com/orders -H 'authorization: Bearer s3cr3t-t0ken' -d '{}'")
    page.get_by_role("button", name="Explain").click()
    came["explained"] = {
        "heading": page.locator("h1").inner_text(),
        "answer": page.locator("#answer").inner_text(),
        "secret": "s3cr3t" in page.content(),
        **page.evaluate(LOOK),
    }
    page.goto(f"{origin}/explain")
    page.get_by_label("Request").fill("this is no request, and <script>alert(1)</script> is none")
    page.get_by_label("Status").fill("403")
    page.get_by_label("Headers").fill("x-amzn-errortype: MissingAuthenticationTokenException")
    page.get_by_label("Body").fill("{}")
    page.get_by_role("button", name="Explain").click()
    came["refused"] = {
        "alerts": page.get_by_role("alert").count(),
        "invalid": page.get_by_label("Request").get_attribute("aria-invalid"),
        "kept": page.get_by_label("Request").input_value(),
    }
    page.goto(f"{origin}/")
    page.get_by_role("button", name="Audit now").first.click()
    came["audited"] = {"heading": page.locator("h1").inner_text()}
    # A refused form is answered with its status, which the console tells of.
    came["said"] = sorted({said for said in watch.said if "status of 400" not in said})
    return came


def keyboard(page, origin):
    """The first key leads past what all pages have in common."""
    page.goto(f"{origin}/")
    page.keyboard.press("Tab")
    skip = page.evaluate("document.activeElement.className")
    shown = page.evaluate("document.activeElement.getBoundingClientRect().top >= 0")
    page.keyboard.press("Enter")
    return {"first": skip, "shown": shown, "then": page.evaluate("document.activeElement.id")}


def command(page):
    """A click on a command of the page that is open selects it, and nothing else."""
    if not page.evaluate("document.querySelectorAll('pre.command').length"):
        return None
    block = page.locator("pre.command").first
    block.click()
    return {"selected": page.evaluate("getSelection().toString().trim()"), "shown": block.inner_text().strip()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("chromium")
    parser.add_argument("url")
    parser.add_argument("--shots", type=pathlib.Path)
    args = parser.parse_args()
    origin = args.url.rstrip("/")
    seen, elsewhere, commands = {}, set(), []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=args.chromium, headless=True, args=FLAGS)
        found = ["/"]
        for name, (width, height, colours) in SCREENS.items():
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=colours)
            page = context.new_page()
            watch = Watch(page, origin)
            # The first screen finds the pages; the others open the same. Colours are those of the kind of page.
            for path in found if name != "dark" else one_of_each(found):
                seen.setdefault(path, {})[name] = visit(page, watch, origin + path)
                if args.shots:
                    file = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-") or "overview"
                    page.screenshot(path=args.shots / f"{file} {name}.png", full_page=True)
                if name == "desktop":
                    found.extend(own for own in links(page, origin) if own not in found)
                    if (came := command(page)) is not None:
                        commands.append(came)
            watch.said.clear()
            if name == "desktop":
                keys = keyboard(page, origin)
                used = forms(page, watch, origin)
            elsewhere |= watch.elsewhere
            context.close()
        # The same form without JavaScript.
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(f"{origin}/explain")
        page.get_by_label("Request").fill("curl https://k3orders01.execute-api.eu-west-1.amazonaws.com/orders")
        page.get_by_role("button", name="Explain").click()
        used["without scripts"] = page.locator("h1").inner_text()
        browser.close()
    print(json.dumps({"pages": seen, "elsewhere": sorted(elsewhere), "forms": used, "keys": keys, "commands": commands}))


if __name__ == "__main__":
    main()
