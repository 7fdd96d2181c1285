// Strangers name things in AWS: nothing that they write does anything here, and all of it can be read.

import assert from "node:assert/strict";
import { goTo, open, readJson } from "../harness.mjs";

/** A character as the page shows what cannot be seen. */
function shown(text) {
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/g, (c) =>
    c === "\t" ? " " : `\\u{${c.codePointAt(0).toString(16)}}`,
  );
}

const flat = (text) => text.replace(/\s+/g, " ").trim();

export const hostile = [
  {
    name: "hostile names do nothing and are shown as they are",
    report: "hostile",
    async run(browser, html, json) {
      const { findings } = readJson(json);
      const { page, close } = await open(browser, html);
      const scripts = await page.locator("script").count();
      const shows = async (said) => {
        await goTo(page, `#finding/${said.fingerprint}`);
        await page.waitForFunction((id) => document.querySelector("#panel .part:last-child dd")?.textContent === id, said.fingerprint);
        return page.evaluate(() => document.querySelector("#panel h2 bdi").textContent);
      };
      assert.ok(findings.length > 10);
      for (const said of findings) assert.equal(flat(await shows(said)), flat(shown(said.message)));
      await goTo(page, "#posture");
      await goTo(page, "#coverage");
      const state = await page.evaluate(() => ({
        pwned: typeof window.__pwned,
        strangers: document.querySelectorAll("img, iframe, object, embed, link, base, body script:not([data-kind]):not(:last-of-type), [onerror], [onclick], [onload]").length,
        isolated: [...document.querySelectorAll("#list .message, #panel h2 bdi")].every((one) => getComputedStyle(one).unicodeBidi === "isolate"),
      }));
      assert.deepEqual(state, { pwned: "undefined", strangers: 0, isolated: true });
      assert.equal(await page.locator("script").count(), scripts);
      await close();
    },
  },
  {
    name: "what runs is the page's own program only",
    report: "demo",
    async run(browser, html) {
      const { page, context } = await open(browser, html);
      const policy = await page.getAttribute("meta[http-equiv=Content-Security-Policy]", "content");
      assert.ok(policy.startsWith("default-src 'none';") && !policy.includes("unsafe"), policy);
      // The policy holds: what is put in later is not run, and no text becomes HTML.
      const ran = await page.evaluate(async () => {
        const script = document.createElement("script");
        try {
          script.textContent = "window.__pwned = 1";
          document.body.append(script);
        } catch {}
        try {
          document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.__pwned = 2'>");
        } catch {}
        await new Promise((done) => setTimeout(done, 100));
        return { pwned: typeof window.__pwned, images: document.querySelectorAll("img").length };
      });
      assert.deepEqual(ran, { pwned: "undefined", images: 0 });
      await context.close();
    },
  },
];
