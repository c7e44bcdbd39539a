"""Goes the way of somebody who looks in the morning: the overview, the open findings, one of them. Prints what it read as JSON.

    finding.py CHROMIUM URL FINGERPRINT
"""

import json
import sys

from playwright.sync_api import sync_playwright

from pages import FLAGS, Watch


def main():
    chromium, url, fingerprint = sys.argv[1:]
    origin = url.rstrip("/")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        page = browser.new_page()
        watch = Watch(page, origin)
        page.goto(origin + "/")
        seen = {"overview": page.locator("main").inner_text()}
        page.get_by_role("link", name="Findings", exact=True).click()
        seen["findings"] = page.locator("h1").inner_text()
        link = page.locator(f'main a[href$="/findings/{fingerprint}"]')
        while not link.count():
            page.get_by_role("link", name="The next part").click()
        seen["listed"] = link.inner_text()
        link.click()
        seen["path"] = page.url[len(origin):]
        seen["heading"] = page.locator("h1").inner_text()
        seen["page"] = page.locator("main").inner_text()
        browser.close()
    print(json.dumps({**seen, "said": watch.said, "elsewhere": sorted(watch.elsewhere)}))


main()
