// Runs before `npm publish`: what a published package needs and a packed one does not.
import { readFileSync } from "node:fs";

const { repository } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
// Lupine has no public home yet. RFC 2606 reserves .example, so that the placeholder never becomes somebody else's.
if (new URL(repository.url.replace(/^git\+/, "")).hostname.endsWith(".example")) {
  process.stderr.write(
    `package.json: repository.url is the placeholder ${repository.url}. Set it to the public repository, then publish.\n`,
  );
  process.exitCode = 1;
}
