// node axe.mjs NODE_MODULES CHROMIUM PAGE...: what axe-core finds on each page, as JSON.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const [modules, executablePath, ...pages] = process.argv.slice(2);
const { chromium } = createRequire(`${modules}/`)("playwright-core");
const axe = readFileSync(`${modules}/axe-core/axe.min.js`, "utf8");
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const found = [];
for (const path of pages) {
  const isBook = path.endsWith(".xhtml"); // which has one look
  for (const width of isBook ? [600] : [1200, 390]) {
    for (const colorScheme of isBook ? ["light"] : ["light", "dark"]) {
      // The page forbids scripts that are not its own; axe is one.
      const context = await browser.newContext({ bypassCSP: true, viewport: { width, height: 900 }, colorScheme });
      const page = await context.newPage();
      await page.goto(`file://${path}`);
      await page.evaluate(axe);
      const result = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
      for (const { id, nodes } of result.violations) {
        found.push({ path, width, colorScheme, id, where: nodes.map((node) => node.html.slice(0, 200)) });
      }
      found.push({ path, width, colorScheme, passes: result.passes.length });
      await context.close();
    }
  }
}
await browser.close();
console.log(JSON.stringify(found));
