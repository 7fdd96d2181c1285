// Light, dark, narrow; and what everybody needs to be able to read it.

import assert from "node:assert/strict";
import { goTo, open, settled } from "../harness.mjs";

/** Pairs of a text's colour and what it stands on, as variables of the style. */
const PAIRS = [
  ...["ink", "dim", "accent", "good", "bad", "warn", "muted"].flatMap((text) => [[text, "panel"], [text, "page"]]),
  ...["good", "bad", "warn", "muted", "accent"].map((text) => [text, `${text}-bg`]),
  ...["good", "bad", "warn", "muted", "accent"].map((ground) => ["ink", `${ground}-bg`]),
  ["dim", "accent-bg"],
  ["on-bad", "bad"],
];

/** The least contrast of small text, after WCAG 2.2, 1.4.3. */
const LEAST = 4.5;

/** The relative luminance of `rgb(…)`, after WCAG 2.2. */
function luminance(colour) {
  const [red, green, blue] = colour.match(/[\d.]+/g).slice(0, 3).map((part) => {
    const share = Number(part) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

/** The colours of all pairs as the browser computes them. */
function computed(page) {
  return page.evaluate((pairs) => {
    const probe = document.createElement("span");
    document.body.append(probe);
    const of = (name) => {
      probe.style.color = `var(--${name})`;
      return getComputedStyle(probe).color;
    };
    const colours = pairs.map(([text, ground]) => [of(text), of(ground)]);
    probe.remove();
    return colours;
  }, PAIRS);
}

const background = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

export const looks = [
  {
    name: "every text has enough contrast, light and dark",
    report: "demo",
    async run(browser, html) {
      for (const scheme of ["light", "dark"]) {
        const { page, close } = await open(browser, html, { scheme });
        const colours = await computed(page);
        const low = PAIRS.map(([text, ground], i) => [scheme, text, ground, contrast(...colours[i]).toFixed(2)]).filter(([, , , ratio]) => ratio < LEAST);
        assert.deepEqual(low, []);
        await close();
      }
    },
  },
  {
    name: "dark where the system is dark, and the other way by a button",
    report: "demo",
    async run(browser, html) {
      const { page, close } = await open(browser, html, { scheme: "dark" });
      const dark = await background(page);
      assert.ok(luminance(dark) < 0.05, dark);
      await page.getByRole("button", { name: "Light" }).click();
      assert.ok(luminance(await background(page)) > 0.8);
      assert.ok(!page.url().includes("theme"));
      await page.getByRole("button", { name: "Dark" }).click();
      assert.equal(await background(page), dark);
      await close();
    },
  },
  {
    name: "360 pixels are enough",
    report: "demo",
    async run(browser, html) {
      const { page, close } = await open(browser, html, { width: 360, height: 740 });
      for (const fragment of ["#", "#posture", "#coverage", "#egress", "#trend"]) {
        await goTo(page, fragment);
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(width <= 360, `${fragment} is ${width} pixels wide`);
      }
      await goTo(page, "#");
      assert.ok(!(await page.locator("#filters").isVisible()));
      await page.getByRole("button", { name: "Filters" }).click();
      assert.ok(await page.locator("#filters").isVisible());
      await page.getByRole("button", { name: "Filters" }).click();
      await page.locator("#list .row").first().click();
      await page.waitForSelector("#panel:not([hidden]) h2");
      await settled(page);
      const box = await page.locator("#panel").boundingBox();
      assert.ok(box.x >= 0 && box.width <= 360);
      const inner = await page.locator("#panel").evaluate((panel) => panel.scrollWidth);
      assert.ok(inner <= 360, `the panel holds ${inner} pixels`);
      await close();
    },
  },
  {
    name: "every control has a name, every id is there once, and roles are in order",
    report: "demo",
    async run(browser, html) {
      const { page, close } = await open(browser, html);
      await page.locator("#list .row").first().click();
      await page.waitForSelector("#panel:not([hidden]) h2");
      const faults = await page.evaluate(() => {
        const faults = [];
        const nameOf = (element) => {
          const label = element.labels?.[0]?.textContent;
          return (element.getAttribute("aria-label") ?? label ?? element.textContent).trim();
        };
        for (const control of document.querySelectorAll("a, button, input, dialog [role], summary")) {
          if (nameOf(control) === "") faults.push(`no name: ${control.outerHTML.slice(0, 120)}`);
        }
        const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
        faults.push(...ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => `id twice: ${id}`));
        for (const element of document.querySelectorAll("[aria-labelledby], [aria-controls]")) {
          for (const name of ["aria-labelledby", "aria-controls"]) {
            const id = element.getAttribute(name);
            if (id && !id.split(" ").every((one) => document.getElementById(one))) faults.push(`${name} to nowhere: ${id}`);
          }
        }
        for (const item of document.querySelectorAll("[role=listitem]")) {
          if (item.parentElement.getAttribute("role") !== "list") faults.push("an item outside of a list");
        }
        for (const picture of document.querySelectorAll("svg")) {
          if (!picture.querySelector("title")) faults.push("a picture without a title");
        }
        if (!document.documentElement.lang) faults.push("no language");
        if (document.querySelectorAll("h1").length !== 1) faults.push("not one h1");
        if (document.querySelectorAll("main").length !== 1) faults.push("not one main");
        return faults;
      });
      assert.deepEqual(faults, []);
      await close();
    },
  },
];
