"""Tries the live page of a running sidecar, whose address is in PAYMENT_SAGA_BASE_URL, in headless Chromium."""

import os
import re
import shutil
import sys
import time

from playwright.sync_api import expect, sync_playwright

ADDRESS = os.environ["PAYMENT_SAGA_BASE_URL"]
PICTURES = os.environ.get("PAGE_PICTURES")
# What the sidecar asks for, also from those who only read; nothing unless given.
TOKEN = os.environ.get("PAYMENT_SAGA_API_TOKEN")
# A machine under load takes its time.
PATIENCE = 60_000
CONTRAST = 4.5


def request_payment(page, token, user="user-ada"):
    """Fills in the form, and returns the id of the payment that is then shown."""
    page.get_by_role("button", name="New payment").click()
    dialog = page.get_by_role("dialog", name="New payment")
    dialog.get_by_label("User").fill(user)
    dialog.get_by_label("Merchant").fill("merchant-books")
    dialog.get_by_label("Amount, minor units").fill("2499")
    dialog.get_by_label("Currency").fill("USD")
    dialog.get_by_label("Payment method token").fill(token)
    dialog.get_by_role("button", name="Request payment").click()
    expect(dialog).to_be_hidden()
    identifier = page.locator("#find-id").input_value()
    expect(page.locator("#detail-id")).to_have_text(identifier)
    return identifier


def row(page, identifier):
    return page.locator("#rows tr", has=page.get_by_role("button", name=identifier, exact=True))


def takes_the_token(page):
    expect(page.locator("#list-note")).to_have_text("The service asks for an access token.")
    page.get_by_role("button", name="Access token").click()
    dialog = page.get_by_role("dialog", name="Access token")
    dialog.get_by_label("Token").fill(TOKEN)
    dialog.get_by_role("button", name="Use it").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#list-note")).to_be_hidden()


def succeeds(page):
    identifier = request_payment(page, "tok_ok")
    expect(page.locator("#detail-status")).to_have_text("succeeded")
    for step in ("validate", "authorise", "submit", "confirm", "settle"):
        expect(page.locator("#timeline .name", has_text=re.compile(f"^{step}$"))).to_be_visible()
    expect(row(page, identifier).locator(".status")).to_have_text("succeeded")
    expect(page.get_by_role("button", name="Cancel this payment")).to_be_hidden()
    expect(page.locator("#count-succeeded")).not_to_have_text(re.compile("^[–0]$"))


def is_cancelled(page):
    identifier = request_payment(page, "tok_silent")
    expect(page.locator("#timeline li", has_text="confirm")).to_be_visible()
    expect(page.locator("#detail-merchant")).to_have_text("merchant-books")
    expect(page.locator("#detail-created")).to_contain_text(re.compile(r"\d"))
    expect(page.locator("#detail-gateway")).to_be_visible()
    expect(page.locator("#detail-reason")).to_be_hidden()
    waiting = page.locator("#timeline li", has_text="confirm").locator(".time")
    expect(waiting).not_to_have_text(waiting.text_content())
    page.get_by_role("button", name="Cancel this payment").click()
    expect(page.locator("#detail-status")).to_have_text("cancelled")
    expect(page.locator("#detail-reason")).to_have_text("CANCELLED_BY_USER")
    expect(row(page, identifier).locator(".status")).to_have_text("cancelled")


def tells_why(page):
    request_payment(page, "tok_declined")
    expect(page.locator("#detail-status")).to_have_text("failed")
    expect(page.locator("#detail-reason")).to_have_text("GATEWAY_DECLINED")
    expect(page.locator("#timeline .error").first).to_contain_text("declined")


def filters(page):
    other = request_payment(page, "tok_ok", user="nobody <b>&</b> 'co'")
    expect(page.locator("#detail-status")).to_have_text("rejected")
    # What people type is text, whatever it looks like.
    expect(page.locator("#detail-user")).to_have_text("nobody <b>&</b> 'co'")
    expect(page.locator("#rows b, #detail b")).to_have_count(0)
    page.get_by_label("Status").select_option("rejected")
    expect(row(page, other)).to_be_visible()
    expect(page.locator("#rows .status", has_text="succeeded")).to_have_count(0)
    page.get_by_label("User").first.fill("no such user")
    expect(page.get_by_text("No payments here yet.")).to_be_visible()
    page.get_by_label("Status").select_option("")
    page.get_by_label("User").first.fill("")
    expect(page.locator("#rows tr")).not_to_have_count(0)


def works_by_keyboard(page):
    page.locator("#filter-user").focus()
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    expect(page.locator("#detail-id")).to_have_text(focused)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement !== document.body"), "the focus is lost when the list is refreshed"


def shows_all_columns(page):
    box = page.locator(".table")
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth"), "the list is wider than its place"


def is_linked_to(page):
    """A link that somebody was sent shows the payment."""
    identifier = page.locator("#detail-id").text_content()
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    expect(page.locator("#detail-id")).to_have_text(identifier)
    expect(page.locator("#timeline li")).not_to_have_count(0)


def fits_narrow_screens(page):
    wide = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the screen"
    shows_all_columns(page)
    first = page.locator("#rows tr").first
    expect(first.locator(".status")).to_be_visible()
    identifier = first.get_by_role("button").text_content()
    first.get_by_role("button").click()
    expect(page.locator("#detail-id")).to_have_text(identifier)
    # It is below the list there, far below when the list is long.
    expect(page.locator("#detail-id")).to_be_in_viewport()
    page.set_viewport_size(wide)


def unknown_payment(page):
    page.locator("#find-id").fill("no-such-payment")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#detail-note")).to_contain_text("no payment of this id")


def is_readable(page, scheme):
    """Every text has enough contrast with what is behind it, and every field a label."""
    poor = page.evaluate(
        """(least) => {
            const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
            const pixels = (layers) => {
                canvas.clearRect(0, 0, 1, 1);
                for (const layer of layers) { canvas.fillStyle = layer; canvas.fillRect(0, 0, 1, 1); }
                return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
            };
            const light = (rgb) => rgb.map((c) => c / 255)
                .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
                .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
            const found = [];
            for (const element of document.querySelectorAll("body *")) {
                const hasText = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
                if (!hasText || !element.checkVisibility() || element.closest(".hidden, .skip, option")) continue;
                const layers = [];
                for (let e = element; e; e = e.parentElement) layers.unshift(getComputedStyle(e).backgroundColor);
                const back = light(pixels(layers));
                const front = light(pixels([...layers, getComputedStyle(element).color]));
                const ratio = (Math.max(back, front) + 0.05) / (Math.min(back, front) + 0.05);
                if (ratio < least) found.push(`${element.tagName} "${element.textContent.trim().slice(0, 30)}" ${ratio.toFixed(2)}`);
            }
            for (const field of document.querySelectorAll("input, select")) {
                if (!field.labels.length) found.push(`${field.outerHTML} has no label`);
            }
            return [...new Set(found)];
        }""",
        CONTRAST,
    )
    assert not poor, f"not readable in {scheme}: {poor}"


def is_complaint(message):
    """The browser itself complains of some answers: 404 for a payment that does not exist, 401 before it has the token."""
    expected = ["404 (Not Found)"] + (["401 (Unauthorized)"] if TOKEN else [])
    return message.type == "error" and not any(answer in message.text for answer in expected)


def main():
    chromium = shutil.which("chromium")
    if not chromium:
        sys.exit("scripts/check-page: chromium is missing: run scripts/setup --tests")
    with sync_playwright() as playwright:
        # Without the sandbox, because it can't be set up by root or in containers; the page is our own.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(color_scheme="light", viewport={"width": 1360, "height": 900}, locale="en-US")
        context.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        page = context.new_page()
        complaints = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: is_complaint(message) and complaints.append(message.text))
        page.goto(ADDRESS)
        if TOKEN:
            takes_the_token(page)
        expect(page.locator("#connection")).to_have_text("live")
        for check in (succeeds, is_cancelled, tells_why, filters, works_by_keyboard, shows_all_columns, is_linked_to,
                      fits_narrow_screens, unknown_payment):
            start = time.monotonic()
            check(page)
            print(f"{check.__name__}: {time.monotonic() - start:.1f} s", flush=True)
        assert not complaints, complaints
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            if PICTURES:
                page.screenshot(path=f"{PICTURES}/page-{scheme}.png")
            is_readable(page, scheme)
        if PICTURES:
            page.set_viewport_size({"width": 420, "height": 900})
            page.screenshot(path=f"{PICTURES}/page-narrow.png")
        browser.close()
    print("the live page works")


main()
