// A finding: everything behind it on one click, and a link that leads others to it.

import assert from "node:assert/strict";
import { goTo, open, readJson, settled, shownCount } from "../harness.mjs";

export const finding = [
  {
    name: "a click opens evidence, receipts and fix",
    report: "demo",
    async run(browser, html, json) {
      const { findings } = readJson(json);
      const { page, close } = await open(browser, html);
      await page.locator("#list .row").first().click();
      await page.waitForSelector("#panel:not([hidden]) h2");
      const fingerprint = decodeURIComponent(new URL(page.url()).hash).replace("#finding/", "");
      const said = findings.find((finding) => finding.fingerprint === fingerprint);
      const text = await page.locator("#panel").innerText();
      assert.ok(text.includes(said.message), text);
      assert.ok(text.includes(said.fix) && said.fix !== "", text);
      assert.ok(text.includes(said.resource));
      for (const name of Object.keys(said.evidence)) assert.ok(text.includes(name), `${name} is not in the panel`);
      assert.equal(await page.locator("#panel tbody tr").count(), said.calls.length);
      for (const call of said.calls) assert.ok(text.includes(call.action), call.action);
      await close();
    },
  },
  {
    name: "all findings keep what is behind them",
    report: "demo",
    async run(browser, html, json) {
      const { findings } = readJson(json);
      const { page, close } = await open(browser, html);
      // Far apart, so that every part of the details is opened.
      for (const said of [findings[0], findings[Math.floor(findings.length / 2)], findings.at(-1)]) {
        await goTo(page, `#finding/${said.fingerprint}`);
        await page.waitForFunction((words) => document.querySelector("#panel h2")?.textContent.includes(words), said.message.slice(0, 40));
        const text = await page.locator("#panel").innerText();
        assert.ok(text.includes(said.message) && text.includes(said.fingerprint) && text.includes(said.reason), text);
      }
      await close();
    },
  },
  {
    name: "the fix is copied with one button",
    report: "demo",
    async run(browser, html) {
      const { page, context, close } = await open(browser, html);
      await context.grantPermissions(["clipboard-read", "clipboard-write"]);
      await page.locator("#list .row").first().click();
      await page.waitForSelector("#panel .code pre");
      await page.getByRole("button", { name: "Copy the fix" }).click();
      await page.locator("button.copy", { hasText: "Copied" }).waitFor();
      assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await page.locator("#panel .code pre").innerText());
      await close();
    },
  },
  {
    name: "a link to a check, to a finding and to a filtered list restores the view",
    report: "demo",
    async run(browser, html, json) {
      const { findings } = readJson(json);
      const said = findings.find((finding) => finding.status === "fail");
      let report = await open(browser, html, { fragment: `#check/${said.check}` });
      assert.ok((await report.page.locator("#panel").innerText()).includes("WHY IT MATTERS"));
      assert.ok((await report.page.locator("#panel").innerText()).includes(said.title));
      assert.equal(await report.page.locator("#list .group [aria-current]").count(), 1);
      await report.close();
      report = await open(browser, html, { fragment: `#finding/${said.fingerprint}?status=fail` });
      await report.page.waitForSelector("#panel:not([hidden]) h2");
      assert.ok((await report.page.locator("#panel h2").innerText()).includes(said.message));
      assert.equal(await shownCount(report.page), findings.filter((finding) => finding.status === "fail").length);
      assert.equal(await report.page.locator("#list .row [aria-current]").count(), 1);
      await report.close();
      report = await open(browser, html, { fragment: "#finding/0000000000" });
      await report.page.waitForSelector("#panel:not([hidden])");
      assert.match(await report.page.locator("#panel").innerText(), /There is no finding/);
      await report.close();
    },
  },
  {
    name: "an unknown names the permission that would tell, and never looks fine",
    report: "hostile",
    async run(browser, html, json) {
      const { findings } = readJson(json);
      const said = findings.find((finding) => finding.status === "unknown" && finding.action !== "");
      const { page, close } = await open(browser, html, { fragment: `#finding/${said.fingerprint}` });
      await page.waitForSelector("#panel:not([hidden]) h2");
      const text = (await page.locator("#panel").innerText()).replace(/\s+/g, " ");
      assert.ok(text.includes(`Allow ${said.action}`), text);
      const [unknown, pass] = await page.evaluate(() => {
        const colour = (name) => {
          const probe = document.createElement("span");
          probe.className = `badge is-${name}`;
          document.body.append(probe);
          const { color } = getComputedStyle(probe);
          probe.remove();
          return color;
        };
        return [colour("unknown"), colour("pass")];
      });
      assert.notEqual(unknown, pass);
      await goTo(page, "#coverage");
      const coverage = await page.locator("#coverage").innerText();
      assert.ok(coverage.includes(said.action), coverage);
      await page.locator("#coverage td a").first().click();
      await settled(page);
      assert.ok((await shownCount(page)) > 0);
      await close();
    },
  },
];
