// A report opens: quickly, alone, and says at once what matters.

import assert from "node:assert/strict";
import { open, readJson, shownCount } from "../harness.mjs";

/** Milliseconds that a hundred thousand findings may take on a machine that does other things as well. The promise is 2,000. */
const MOST = 4_000;

export const opening = [
  {
    name: "the headline says what was read and what came of it",
    report: "demo",
    async run(browser, html, json) {
      const said = readJson(json);
      const { page, close } = await open(browser, html);
      const top = await page.locator(".top").innerText();
      for (const words of [...said.snapshot.accounts, ...said.snapshot.regions, said.snapshot.started_at, said.tool]) {
        assert.ok(top.includes(words), `${words} is not in the headline:\n${top}`);
      }
      const tiles = await page.locator(".tile").allInnerTexts();
      const { fail, unknown, muted, pass, configured_not_working: broken } = said.summary;
      const wanted = [[fail, "fail"], [broken, "configured, not working"], [unknown, "unknown"], [muted, "muted"], [pass, "pass"]];
      assert.deepEqual(tiles.map((tile) => tile.replace(/\s+/g, " ").replaceAll(",", "")), wanted.map(([n, word]) => `${n} ${word.replaceAll(",", "")}`));
      assert.equal(await shownCount(page), said.findings.length);
      await close();
    },
  },
  {
    name: "an empty account says so",
    report: "empty",
    async run(browser, html) {
      const { page, close } = await open(browser, html);
      assert.match(await page.textContent("#status"), /Nothing was found/);
      assert.equal(await page.locator("#list .row").count(), 0);
      await close();
    },
  },
  {
    name: "a hundred thousand findings open in time",
    report: "crowd",
    async run(browser, html, json) {
      const findings = readJson(json).findings.length;
      assert.ok(findings >= 100_000, `the report has ${findings} findings only`);
      const { page, close } = await open(browser, html);
      const ready = await page.evaluate(() => performance.getEntriesByName("driftlead-ready")[0].startTime);
      const nodes = await page.evaluate(() => document.querySelectorAll("*").length);
      console.log(`${findings} findings: ready after ${Math.round(ready)} ms, ${nodes} elements`);
      assert.ok(ready < MOST, `ready after ${Math.round(ready)} ms`);
      assert.ok(nodes < 5_000, `${nodes} elements`);
      assert.equal(await shownCount(page), findings);
      // Searching and walking to the end stay quick.
      const search = await page.evaluate(async () => {
        const before = performance.now();
        location.hash = "#?q=/crowd/0099998";
        while (!/^1 of/.test(document.getElementById("status").textContent)) {
          if (performance.now() - before > 5_000) return Infinity;
          await new Promise((done) => setTimeout(done, 5));
        }
        return performance.now() - before;
      });
      console.log(`searched in ${Math.round(search)} ms`);
      assert.ok(search < 2_000, `searched in ${search} ms`);
      await close();
    },
  },
  {
    name: "without JavaScript the numbers are there, and what to do",
    report: "demo",
    async run(browser, html, json) {
      const { fail, unknown } = readJson(json).summary;
      const { page, close } = await open(browser, html, { script: false });
      const text = await page.locator("noscript").innerText();
      assert.ok(text.includes(`${fail} fail, ${unknown} unknown`) && text.includes("JavaScript"), text);
      await close();
    },
  },
];
