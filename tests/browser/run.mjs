// Runs one case in a browser: `node run.mjs CASE REPORT.html REPORT.json`; without arguments, lists the cases and the report that each is about.

import { withBrowser } from "./harness.mjs";
import { finding } from "./cases/finding.mjs";
import { filters } from "./cases/filters.mjs";
import { frameworks } from "./cases/frameworks.mjs";
import { hostile } from "./cases/hostile.mjs";
import { keys } from "./cases/keys.mjs";
import { looks } from "./cases/looks.mjs";
import { opening } from "./cases/opening.mjs";
import { paper } from "./cases/paper.mjs";

const CASES = [...opening, ...filters, ...finding, ...keys, ...looks, ...paper, ...frameworks, ...hostile];

const [name, html, json] = process.argv.slice(2);
if (name === undefined) {
  for (const one of CASES) console.log(`${one.report}\t${one.name}`);
} else {
  const one = CASES.find((one) => one.name === name);
  if (one === undefined) throw new Error(`there is no case \`${name}\``);
  await withBrowser((browser) => one.run(browser, html, json));
}
