// On paper: the filtered list with its evidence, without what only a screen needs.

import assert from "node:assert/strict";
import { open, readJson, settled } from "../harness.mjs";

/** The most findings that are printed; see src/report/html/page/print.js. */
const MOST = 300;

async function toPaper(page) {
  await page.evaluate(() => {
    // The browser's own dialog would wait for somebody.
    window.print = () => {
      window.isPrinted = true;
    };
    document.getElementById("print").click();
  });
  await page.waitForFunction(() => window.isPrinted, null, { timeout: 20_000 });
  await page.emulateMedia({ media: "print" });
  await settled(page);
}

export const paper = [
  {
    name: "the filtered list is printed with evidence, and nothing of the screen",
    report: "demo",
    async run(browser, html, json) {
      const { findings } = readJson(json);
      const { page, close } = await open(browser, html, { fragment: "#?severity=high&status=fail", scheme: "dark" });
      await toPaper(page);
      const said = findings.filter((finding) => finding.severity === "high" && finding.status === "fail");
      assert.equal(await page.locator("#printed article").count(), said.length);
      const text = await page.locator("#printed").innerText();
      for (const finding of said) assert.ok(text.includes(finding.message) && text.includes(finding.fix), finding.message);
      assert.ok(text.includes(`${said.length} findings of ${findings.length} (severity: high; status: fail)`), text.slice(0, 300));
      for (const name of ["#views", "#filters", "#search", "#list", "#panel"]) assert.ok(!(await page.locator(name).isVisible()), name);
      for (const name of [".tiles", "#posture", "#coverage"]) assert.ok(await page.locator(name).isVisible(), name);
      assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), "light");
      const paper = await page.pdf({ format: "A4" });
      assert.ok(paper.length > 10_000);
      await close();
    },
  },
  {
    name: "of very many findings the first are printed, and how many are left out is said",
    report: "crowd",
    async run(browser, html, json) {
      const { findings } = readJson(json);
      const { page, close } = await open(browser, html);
      await toPaper(page);
      assert.equal(await page.locator("#printed article").count(), MOST);
      const text = await page.locator("#printed > p").innerText();
      const left = (findings.length - MOST).toLocaleString("en-US");
      assert.ok(text.includes(`${left} more are left out`), text);
      assert.ok(!(await page.locator("#printed").innerText()).includes("its evidence is in the file"));
      await close();
    },
  },
];
