// A thread of partner-thread.test.ts that waits for its own partner, which sends nothing, without an end.
import { parentPort } from "node:worker_threads";
import { PartnerThread } from "./partner-thread.js";

const thread = new PartnerThread(new URL("./partner.test-support.js", import.meta.url));
thread.waitUntilUp(60_000);
parentPort?.postMessage("waits");
thread.next();
