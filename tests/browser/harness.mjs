// A report in a real browser: opened from disk, watched while it is used.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Where `npm ci` put the packages; see tests/browser.rs. */
const home = process.env.DRIFTLEAD_BROWSER_HOME;
assert.ok(home, "DRIFTLEAD_BROWSER_HOME names the folder with node_modules: run `cargo test --test browser`");
const { chromium } = createRequire(join(home, "package.json"))("playwright-core");

const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Runs something with a browser of its own, which has an empty folder for its data. */
export async function withBrowser(act) {
  const executablePath = process.env.CHROMIUM || "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args: ARGUMENTS, downloadsPath: tmpdir() });
  try {
    await act(browser);
  } finally {
    await browser.close();
  }
}

/** Opens a report and waits until it can be used. Whatever it asks of a network is refused, and is a fault, and so is what it complains of. */
export async function open(browser, file, { fragment = "", width = 1280, height = 900, scheme = "light", script = true } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, javaScriptEnabled: script });
  const page = await context.newPage();
  const faults = [];
  const address = pathToFileURL(file).href;
  await context.route("**/*", (request) => {
    const url = request.request().url();
    if (url.split("#")[0] === address) return request.continue();
    faults.push(`asks for ${url}`);
    return request.abort();
  });
  page.on("request", (request) => {
    if (request.url().split("#")[0] !== address) faults.push(`asks for ${request.url()}`);
  });
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`error: ${error.stack}`));
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  await page.goto(address + fragment);
  if (script) await page.waitForSelector("html[data-ready]", { timeout: 30_000 });
  const report = { page, context, faults, address };
  /** Ends the visit, and fails on what went wrong in it. */
  report.close = async () => {
    await context.close();
    assert.deepEqual(faults, []);
  };
  return report;
}

/** Goes to another fragment of the open report. */
export async function goTo(page, fragment) {
  await page.evaluate((fragment) => {
    location.hash = fragment;
  }, fragment);
  await settled(page);
}

/** Waits until the page has drawn what it was told, and the search is over. */
export async function settled(page) {
  await page.waitForTimeout(150);
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/** The JSON report of the same run. */
export function readJson(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}

/** How many findings the page says that it shows. */
export async function shownCount(page) {
  const text = await page.textContent("#status");
  const found = /^([\d,]+)/.exec(text);
  return found ? Number(found[1].replaceAll(",", "")) : 0;
}

/** The rows that are drawn, as what they say. */
export async function drawnRows(page) {
  return page.locator("#list .row .message").allTextContents();
}
