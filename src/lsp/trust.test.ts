import assert from "node:assert/strict";
import { test } from "node:test";
import { turns } from "../testing/waiting.test-support.js";
import { Trust } from "./trust.js";

test("a project with many configurations asks one question after another, and ten in all", async () => {
  const asked: string[] = [];
  let answer = (_yes: boolean): void => undefined;
  let trusted = 0;
  const trust = new Trust(
    (config) => {
      asked.push(config);
      return new Promise((resolve) => {
        answer = resolve;
      });
    },
    () => void trusted++,
  );
  const configs = Array.from({ length: 1_000 }, (_, at) => `/project/${at}/lupine.config.ts`);
  for (let round = 0; round < 3; round++) for (const config of configs) assert.equal(trust.has(config), false);
  await turns(3);
  assert.deepEqual(asked, configs.slice(0, 1));
  for (let questions = 1; questions <= 10; questions++) {
    assert.equal(asked.length, questions);
    answer(questions === 3);
    await turns(3);
  }
  assert.deepEqual(asked, configs.slice(0, 10));
  assert.deepEqual([trusted, configs.filter((config) => trust.has(config))], [1, configs.slice(2, 3)]);
});
