// The keyboard does everything that the mouse does.

import assert from "node:assert/strict";
import { drawnRows, open, settled, shownCount } from "../harness.mjs";

const focused = (page) => page.evaluate(() => document.activeElement.innerText);

export const keys = [
  {
    name: "a walk with the keyboard: next, open, next, close, search, help",
    report: "demo",
    async run(browser, html) {
      const { page, close } = await open(browser, html);
      const first = (await drawnRows(page))[0];
      await page.keyboard.press("j");
      assert.match(await focused(page), /finding/, "the first item is a check");
      await page.keyboard.press("j");
      assert.ok((await focused(page)).includes(first), "the second is its first finding");
      await page.keyboard.press("Enter");
      await page.waitForSelector("#panel:not([hidden]) h2");
      assert.ok((await page.locator("#panel h2").innerText()).includes(first));
      const before = page.url();
      await page.keyboard.press("ArrowDown");
      await settled(page);
      assert.notEqual(page.url(), before, "with an open panel the next is opened");
      await page.keyboard.press("Escape");
      await settled(page);
      assert.ok(!(await page.locator("#panel").isVisible()));
      assert.ok(await page.evaluate(() => document.getElementById("list").contains(document.activeElement)), "the focus is back in the list");
      await page.keyboard.press("/");
      await page.keyboard.type("nat");
      await settled(page);
      assert.ok(page.url().includes("q=nat"), page.url());
      const found = await shownCount(page);
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("k");
      assert.equal(await shownCount(page), found);
      await page.keyboard.press("?");
      assert.ok(await page.locator("#keys").isVisible());
      await page.keyboard.press("Escape");
      assert.ok(!(await page.locator("#keys").isVisible()));
      await close();
    },
  },
  {
    name: "what has the focus is seen, and the list is walked to its end",
    report: "demo",
    async run(browser, html) {
      const { page, close } = await open(browser, html);
      const total = await page.evaluate(() => Number(document.querySelector("#list [aria-setsize]").getAttribute("aria-setsize")));
      for (let i = 0; i < total; i++) {
        await page.keyboard.press("j");
      }
      await settled(page);
      const last = await page.evaluate(() => {
        const item = document.activeElement.closest(".item");
        const box = item.getBoundingClientRect();
        const style = getComputedStyle(document.activeElement);
        return { at: Number(item.getAttribute("aria-posinset")), isSeen: box.top >= 0 && box.bottom <= innerHeight, outline: style.outlineStyle };
      });
      assert.deepEqual(last, { at: total, isSeen: true, outline: "solid" });
      await close();
    },
  },
];
