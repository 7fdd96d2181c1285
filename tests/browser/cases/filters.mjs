// Search and filters: each narrows the list to what the JSON report of the same run says.

import assert from "node:assert/strict";
import { goTo, open, readJson, settled, shownCount } from "../harness.mjs";

const OF = {
  status: (finding) => finding.status,
  severity: (finding) => finding.severity,
  leg: (finding) => finding.leg,
  family: (finding) => finding.family,
  service: (finding) => finding.check.split("/")[0],
  account: (finding) => finding.account,
  region: (finding) => finding.region,
};

function tally(findings, of) {
  const counts = {};
  for (const finding of findings) counts[of(finding)] = (counts[of(finding)] ?? 0) + 1;
  return counts;
}

/** The values of a filter and their counts, all of them unfolded. */
async function valuesOf(page, facet) {
  const more = page.locator(`fieldset[data-facet=${facet}] .more-values`);
  if (await more.count()) await more.click();
  const labels = page.locator(`fieldset[data-facet=${facet}] .value`);
  const values = await labels.evaluateAll((labels) =>
    labels.map((label) => [label.querySelector(".name").textContent, Number(label.querySelector(".number").textContent.replaceAll(",", ""))]),
  );
  return Object.fromEntries(values);
}

export const filters = [
  {
    name: "every filter has the counts of the JSON report, and narrows the list to them",
    report: "demo",
    async run(browser, html, json) {
      const { findings } = readJson(json);
      const { page, close } = await open(browser, html);
      for (const [facet, of] of Object.entries(OF)) {
        const expected = tally(findings, of);
        assert.deepEqual(await valuesOf(page, facet), expected, facet);
        const [value, number] = Object.entries(expected)[0];
        const box = page.locator(`fieldset[data-facet=${facet}] .value`, { has: page.getByText(value, { exact: true }) }).locator("input");
        await box.check();
        await settled(page);
        assert.equal(await shownCount(page), number, `${facet}=${value}`);
        assert.ok(new URL(page.url()).hash.includes(`${facet}=${value}`), page.url());
        await page.getByText("Clear all").click();
        await settled(page);
        assert.equal(await shownCount(page), findings.length);
      }
      await close();
    },
  },
  {
    name: "filters combine, and each counts what the others leave",
    report: "demo",
    async run(browser, html, json) {
      const { findings } = readJson(json);
      const { page, close } = await open(browser, html, { fragment: "#?severity=high&status=fail" });
      const both = findings.filter((finding) => finding.severity === "high" && finding.status === "fail");
      assert.equal(await shownCount(page), both.length);
      assert.deepEqual(await valuesOf(page, "family"), tally(both, OF.family));
      // Its own values count as if it were not set.
      assert.deepEqual(await valuesOf(page, "severity"), tally(findings.filter((finding) => finding.status === "fail"), OF.severity));
      await goTo(page, "#?severity=high&severity=medium&status=fail");
      const three = findings.filter((finding) => ["high", "medium"].includes(finding.severity) && finding.status === "fail");
      assert.equal(await shownCount(page), three.length);
      await close();
    },
  },
  {
    name: "frameworks filter by the checks that name them",
    report: "demo",
    async run(browser, html, json) {
      const { findings } = readJson(json);
      const names = [...new Set(findings.flatMap((finding) => Object.keys(finding.frameworks)))];
      const { page, close } = await open(browser, html);
      for (const name of names) {
        await goTo(page, `#?framework=${encodeURIComponent(name)}`);
        assert.equal(await shownCount(page), findings.filter((finding) => name in finding.frameworks).length, name);
      }
      assert.ok(names.length > 0);
      await close();
    },
  },
  {
    name: "search narrows to sentence, resource and check",
    report: "demo",
    async run(browser, html, json) {
      const { findings } = readJson(json);
      const { page, close } = await open(browser, html);
      const search = async (text) => {
        await page.fill("#search", text);
        await settled(page);
        return shownCount(page);
      };
      const has = (text) => (finding) =>
        [finding.message, finding.resource, finding.check, finding.title].join("\n").toLowerCase().includes(text.toLowerCase());
      for (const text of [findings[0].resource, "NAT", findings.at(-1).check]) {
        assert.equal(await search(text), findings.filter(has(text)).length, text);
      }
      assert.equal(await search("no such thing anywhere"), 0);
      assert.match(await page.textContent("#status"), /Nothing matches/);
      assert.ok(page.url().includes("q=no%20such%20thing"), page.url());
      await close();
    },
  },
  {
    name: "the tiles and the posture lead to what they count",
    report: "demo",
    async run(browser, html, json) {
      const { summary, findings } = readJson(json);
      const { page, close } = await open(browser, html);
      for (const [words, number] of [["configured, not working", summary.configured_not_working], ["unknown", summary.unknown]]) {
        await page.locator(".tile", { hasText: words }).click();
        await settled(page);
        assert.equal(await shownCount(page), number, words);
      }
      await goTo(page, "#posture");
      assert.ok(await page.locator("#posture").isVisible());
      assert.ok(!(await page.locator("#findings").isVisible()));
      const link = page.locator("#posture .numbers a.is-fail").first();
      const number = Number((await link.innerText()).split(" ")[0]);
      const [family, leg] = await link.evaluate((link) => {
        const query = new URLSearchParams(link.getAttribute("href").split("?")[1]);
        return [query.get("family"), query.get("leg")];
      });
      await link.click();
      await settled(page);
      assert.equal(await shownCount(page), number);
      assert.equal(findings.filter((one) => one.family === family && one.leg === leg && one.status === "fail").length, number);
      await close();
    },
  },
];
