// Loaded into each process that runs a test file: ends it when something keeps it alive after its last test, and says
// what that is. Without this, a socket that a failing test left open costs the time limit of the whole file.

/** Milliseconds after the last test. Generous: its `after` hooks run in them. */
const patience = Number(process.env.LUPINE_TEST_PATIENCE ?? 60_000);

if (process.env.NODE_TEST_CONTEXT !== undefined && /\.test\.[cm]?js$/.test(process.argv[1] ?? "")) {
  const { after, beforeEach } = await import("node:test");
  let timer;
  beforeEach(() => clearTimeout(timer));
  after(() => {
    timer = setTimeout(end, patience).unref();
  });
}

function end() {
  const open = process.getActiveResourcesInfo();
  process.stderr.write(
    `${process.argv[1]} did not end ${patience / 1000} s after its last test: it left ${open.join(", ")} open. Close what a test opens in t.after().\n`,
  );
  process.exit(1);
}
