// The course of an attack on a server: batches of messages, and after each a look at the process and a good call.
import type { Campaign } from "./campaign.js";
import type { Subject } from "./child.js";
import { allowedGrowth, assertNoGrowth, type Growth } from "./memory.js";

/** The fewest messages between two questions whether the server still serves. */
const smallestBatch = 250;

/** Milliseconds in which a good call must be answered, whatever came before. */
export const goodCallTimeout = 30_000;

/** Over datagrams a server's reply cache goes on filling up to its limit, after the first inputs, too. */
export const growthWithReplyCache: Growth = { ...allowedGrowth, used: allowedGrowth.used + 16 * 2 ** 20 };

/** Runs batches until the campaign has had its inputs. @throws AssertionError when the process has ended, printed or grown. */
export async function inBatches(
  subject: Subject,
  campaign: Campaign,
  run: (count: number) => Promise<void>,
  allowed = allowedGrowth,
): Promise<void> {
  const { total, seed } = campaign.report;
  // After so many inputs the process has what it needs, and must not grow.
  const warmUp = Math.max(smallestBatch, Math.floor(total / 20));
  const batch = Math.max(smallestBatch, Math.ceil(total / 100));
  let start = await subject.memory();
  let warm = false;
  while (campaign.left > 0) {
    await run(Math.min(batch, campaign.left));
    subject.assertSound();
    if (warm || campaign.report.runs < warmUp) continue;
    warm = true;
    start = await subject.memory();
  }
  const end = await subject.memory();
  campaign.finish(start, end);
  assertNoGrowth(start, end, `${campaign.report.runs} messages of seed ${seed}`, allowed);
}
