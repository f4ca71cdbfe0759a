// A client connection's share of the process's unfinished records. The code that counts them is loaded with the first record that
// does not arrive in one piece: most clients never receive one.
import type { UnfinishedRecord, UnfinishedShare } from "./unfinished.js";

/** If the code cannot be loaded, because no file descriptor is left, the records of the connection are not counted. */
export class LateShare implements Pick<UnfinishedShare, "hold" | "release" | "leave"> {
  readonly #address: string;
  #share: UnfinishedShare | undefined;
  #isLoading = false;
  #hasLeft = false;

  /** Connections to one address share a group. */
  constructor(address: string) {
    this.#address = address;
  }

  hold(record: UnfinishedRecord, count: number): void {
    if (this.#share !== undefined) this.#share.hold(record, count);
    else if (!this.#isLoading) this.#load(record);
  }

  release(record: UnfinishedRecord, count: number): void {
    this.#share?.release(record, count);
  }

  leave(): void {
    this.#hasLeft = true;
    this.#share?.leave();
  }

  #load(record: UnfinishedRecord): void {
    this.#isLoading = true;
    import("./unfinished.js").then(
      ({ processUnfinished }) => {
        if (this.#hasLeft) return;
        this.#share = processUnfinished.join(this.#address);
        // Bytes that arrived before count, too.
        if (record.size > 0) this.#share.hold(record, record.size);
      },
      () => {
        this.#isLoading = false;
      },
    );
  }
}
