// Runs the tests of a file without the runner of node:test, whose hooks follow each promise: simulations make many.
// `node --import ./scripts/plain-tests.mjs FILE`; TEST_PATTERN: only tests whose names match. Prints failures; the exit code is 1 then.
import { createRequire, syncBuiltinESMExports } from "node:module";

const pattern = new RegExp(process.env.TEST_PATTERN ?? "");
let last = Promise.resolve();
let ended = 0;
let begun = 0;

createRequire(import.meta.url)("node:test").test = (name, body) => {
  if (!pattern.test(name)) return;
  begun++;
  last = last
    .then(() => body({ diagnostic() {} }))
    .catch((error) => {
      process.exitCode = 1;
      process.stdout.write(`${name}\n${error?.stack ?? error}\n`);
    })
    .finally(() => ended++);
};
syncBuiltinESMExports();

process.once("exit", () => {
  if (begun > 0 && ended === begun) return;
  process.exitCode = 1;
  process.stdout.write(begun === 0 ? "no test has run\n" : "a test waits for nothing that could come\n");
});
