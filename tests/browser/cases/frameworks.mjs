// Requirements of a framework: each with what the checks behind it say, and a way to their findings.

import assert from "node:assert/strict";
import { open, readJson, settled, shownCount } from "../harness.mjs";

export const frameworks = [
  {
    name: "requirements are shown with their verdicts, and lead to their findings",
    report: "frameworks",
    async run(browser, html, json) {
      const { requirements, findings } = readJson(json);
      assert.ok(requirements.length > 0);
      const { page, close } = await open(browser, html, { fragment: "#frameworks" });
      assert.equal(await page.locator("#frameworks tbody tr").count(), requirements.length);
      const text = await page.locator("#frameworks").innerText();
      const words = { nothing_to_judge: "nothing to judge", not_assessed: "not assessed" };
      for (const verdict of new Set(requirements.map((requirement) => requirement.verdict))) {
        const number = requirements.filter((requirement) => requirement.verdict === verdict).length;
        assert.ok(text.includes(`${number} ${words[verdict] ?? verdict}`), `${number} ${verdict}: ${text.slice(0, 300)}`);
      }
      const failing = requirements.find((requirement) => requirement.verdict === "fail");
      const checks = new Set(failing.checks.map((asking) => asking.check));
      await page.locator("#frameworks td a", { hasText: failing.title }).first().click();
      await settled(page);
      assert.equal(await shownCount(page), findings.filter((finding) => checks.has(finding.check)).length);
      await close();
    },
  },
];
