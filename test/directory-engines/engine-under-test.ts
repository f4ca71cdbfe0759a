// What the suite has to know of an engine: how its directory is started and disturbed.
import { type TestContext, test } from "node:test";
import type { Directory } from "lupine/directory";

/** An engine, as the suite sees it. */
export interface EngineUnderTest {
  readonly name: string;
  /** Its directory is a process of its own, which can be killed and frozen, and found by other processes. */
  readonly isProcess: boolean;
  /** Others can put into its store what is no entry. */
  readonly isOpenToAll: boolean;
  /** Starts a directory with nothing in it. */
  start(): Promise<RunningDirectory>;
  /** Milliseconds after which an entry is gone at the latest whose process was killed, by its lease. */
}

/** A directory that runs for one test, or for several that use paths of their own. What it cannot do is left out, as the engine says. */
export interface RunningDirectory extends AsyncDisposable {
  open(options?: { readonly timeout?: number }): Promise<Directory>;
  /** Where other processes can open it. */
  readonly url?: string;
  /** Kills its process (SIGKILL), and starts it again when `meanwhile` has resolved. */
  restart?(meanwhile: () => Promise<unknown>): Promise<void>;
  /** Kills its process, for good. */
  kill?(): Promise<void>;
  /** Its process stops answering, with its connections open. */
  freeze?(): Promise<void>;
  thaw?(): void;
  /** Puts into its store, at the path, what is no entry. */
  spoil?(path: string): Promise<void>;
}

/** A test for the engines that this can happen to. */
export function testIf(applies: boolean, name: string, body: (context: TestContext) => Promise<void>): void {
  if (applies) test(name, body);
}
