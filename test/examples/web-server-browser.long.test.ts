// The web server of the lecture in a browser: Chromium, without a window.
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { peerSuite } from "../directory-engines/peer-suite.js";
import { startServer } from "./run.js";

const found = spawnSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" });
const missing = found.status === 0 ? undefined : "No browser here: apt-get install chromium.";

/** The page as the browser has it, after its scripts have run. */
async function pageAt(url: string, profile: string): Promise<string> {
  const headless = ["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${profile}`];
  const { stdout } = await promisify(execFile)("chromium", [...headless, "--dump-dom", url]);
  return stdout;
}

peerSuite(missing, () => {
  test("a browser shows a listing, and a page with its style sheet and its script", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "lupine-browser-"));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const site = join(folder, "site");
    await mkdir(join(site, "pages"), { recursive: true });
    const html = `<!doctype html><link rel="stylesheet" href="a.css"><p id="p"></p><script src="a.js"></script>`;
    await writeFile(join(site, "pages", "a & b.html"), html);
    await writeFile(join(site, "pages", "a.css"), "p { width: 123px }");
    const script = `p.textContent = "the width is " + getComputedStyle(p).width + " in " + document.contentType;`;
    await writeFile(join(site, "pages", "a.js"), script);
    await using server = await startServer("web-server/server.js", ["tcp://127.0.0.1:0", site, "2"]);
    const home = `http://127.0.0.1:${new URL(server.address).port}/`;
    const profile = join(folder, "profile");
    assert.match(await pageAt(home, profile), /<title>Index of \/<\/title>[\s\S]*<a href="\.\/pages\/">pages\/<\/a>/);
    const link = /href="\.\/(a[^"]*html)"/.exec(await pageAt(`${home}pages/`, profile))?.[1];
    assert.ok(link !== undefined, "the listing has a link to the page");
    const page = await pageAt(new URL(link.replaceAll("&amp;", "&"), `${home}pages/`).href, profile);
    assert.match(page, /the width is 123px in text\/html/);
  });
});
