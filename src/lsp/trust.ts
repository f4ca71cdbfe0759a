// Whether configurations that are programs may be run. An editor opens any file that a person looks at, including
// downloads: so either the editor reports that the folder is trusted, or the person is asked.

/** Asks the person about one configuration. False also if there is no answer. */
export type AskTrust = (config: string) => Promise<boolean>;

/** The most questions of a session. A downloaded project may have thousands of configurations. */
const mostQuestions = 10;

export class Trust {
  readonly #answers = new Map<string, boolean>();
  readonly #ask: AskTrust;
  readonly #onTrust: () => void;
  #questions = 0;
  /** The last question: the next one is asked when it was answered. */
  #asking: Promise<void> = Promise.resolve();
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
    const answer = this.#answers.get(config) ?? false;
    if (!this.#answers.has(config) && this.#questions < mostQuestions) {
      this.#questions++;
      this.#answers.set(config, false);
      this.#asking = this.#asking.then(() => this.#askFor(config));
    }
    return answer;
  }

  async #askFor(config: string): Promise<void> {
    if (!(await this.#ask(config))) return;
    this.#answers.set(config, true);
    this.#onTrust();
  }
}
