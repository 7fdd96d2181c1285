// Takes the pictures of README: `node pictures.mjs REPORT.html FOLDER`. tests/browser/screenshots calls it.

import { join } from "node:path";
import { goTo, open, settled, withBrowser } from "./harness.mjs";

const [html, folder] = process.argv.slice(2);

await withBrowser(async (browser) => {
  const findings = await open(browser, html, { width: 1180, height: 720 });
  await findings.page.screenshot({ path: join(folder, "report-findings.png"), caret: "initial" });
  await goTo(findings.page, "#egress");
  await findings.page.evaluate(() => window.scrollBy(0, document.getElementById("fig-egress-1").getBoundingClientRect().top - 60));
  await findings.page.screenshot({ path: join(folder, "report-egress.png"), caret: "initial" });
  await findings.close();
  const finding = await open(browser, html, { width: 1280, height: 560, scheme: "dark", fragment: "#?broken=yes" });
  await finding.page.locator("#list .row").first().click();
  await finding.page.waitForSelector("#panel:not([hidden]) h2");
  await finding.page.evaluate(() => window.scrollBy(0, document.getElementById("views").getBoundingClientRect().top));
  await settled(finding.page);
  await finding.page.screenshot({ path: join(folder, "report-finding-dark.png"), caret: "initial" });
  await finding.close();
});
