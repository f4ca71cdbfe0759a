import assert from "node:assert/strict";
import test from "node:test";
import { Command } from "commander";
import { commands } from "./command-line.js";
import { addSummaries } from "./summaries.js";

function helpOf(program: Command): string {
  return program.configureHelp({ subcommandTerm: (command) => command.name() }).helpInformation();
}

test("the list of commands shows each with its summary, as the command itself has it", async () => {
  const loaded = new Command("lupine");
  for (const load of Object.values(commands)) (await load())(loaded);
  const listed = new Command("lupine");
  addSummaries(listed);
  assert.equal(helpOf(listed), helpOf(loaded));
});
