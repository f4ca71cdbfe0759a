// What the suite has to know of an engine: how its directory is started and disturbed.
import type { Directory } from "lupine/directory";

/** An engine, as the suite sees it. */
export interface EngineUnderTest {
  readonly name: string;
  /** Starts a directory with nothing in it. */
  start(): Promise<RunningDirectory>;
  /** Milliseconds after which an entry is gone at the latest whose process was killed, by its lease. */
  leavesWithin(lease: number): number;
}

/** A directory that runs for one test, or for several that use paths of their own. What it cannot do is left out. */
export interface RunningDirectory extends AsyncDisposable {
  open(options?: { readonly timeout?: number }): Promise<Directory>;
  /** Where other processes can open it. */
  readonly url?: string;
  /** Kills its process (SIGKILL), and starts it again after so many milliseconds. */
  restart?(pause: number): Promise<void>;
  /** Kills its process, for good. */
  kill?(): void;
  /** Its process stops answering, with its connections open. */
  freeze?(): Promise<void>;
  thaw?(): void;
  /** Puts into its store, at the path, what is no entry. */
  spoil?(path: string): Promise<void>;
}
