// Whether configurations that are programs may be run. An editor opens any file that a person looks at, including
// downloads: so either the editor reports that the folder is trusted, or the person is asked.

/** Asks the person about one configuration. False also if there is no answer. */
export type AskTrust = (config: string) => Promise<boolean>;

export class Trust {
  readonly #answers = new Map<string, boolean>();
  readonly #ask: AskTrust;
  readonly #onTrust: () => void;
  /** The editor's setting for all files: its initialization option `trusted`. */
  all: boolean | undefined;

  /** @param onTrust called when a person has said yes: settings are to be loaded again. */
  constructor(ask: AskTrust, onTrust: () => void) {
    this.#ask = ask;
    this.#onTrust = onTrust;
  }

  /** Whether a configuration may be run now. The first question about one asks the person, whose answer comes later. */
  has(config: string): boolean {
    if (this.all !== undefined) return this.all;
    const answer = this.#answers.get(config);
    if (answer === undefined) {
      this.#answers.set(config, false);
      void this.#askFor(config);
    }
    return answer ?? false;
  }

  async #askFor(config: string): Promise<void> {
    if (!(await this.#ask(config))) return;
    this.#answers.set(config, true);
    this.#onTrust();
  }
}
