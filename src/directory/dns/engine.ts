// The directory in DNS: SRV records, which the zone's administrator writes.
import type {
  AskDirectoryOptions,
  DirectoryEngine,
  Lease,
  OpenEngine,
  ServiceEntry,
  ServicesListener,
  Watch,
} from "../engine.js";
import { DirectoryError } from "../errors.js";
import { closed, inTime } from "../in-time.js";
import { listName, pathOf, serviceName } from "./names.js";
import { DnsQuestions } from "./questions.js";
import { type DnsUrl, parseDnsUrl } from "./url.js";
import { DnsWatch } from "./watch.js";

/** See `openDirectory`; docs/guides/directory-engines.md has the form of the URL. */
export const openEngine: OpenEngine = async (url, options) => {
  const engine = new DnsEngine(url, parseDnsUrl(url));
  try {
    await engine.reach(options);
    return engine;
  } catch (error) {
    await engine.close();
    throw error;
  }
};

class DnsEngine implements DirectoryEngine {
  readonly name: string;
  readonly #url: DnsUrl;
  readonly #questions: DnsQuestions;
  readonly #watches = new Set<DnsWatch>();
  readonly #closing = new Set<() => void>();
  #isClosed = false;

  constructor(url: string, parsed: DnsUrl) {
    this.name = `directory at ${url}`;
    this.#url = parsed;
    this.#questions = new DnsQuestions(this.name, parsed.domain, parsed.resolvers);
  }

  /** @throws DirectoryError if no name server answers for the domain. */
  reach(options: AskDirectoryOptions): Promise<void> {
    return this.#inTime(options, () => this.#questions.reach());
  }

  async announce(path: string): Promise<Lease> {
    this.#check();
    const message = `the ${this.name} is read only: ${this.#insteadOf(path)}`;
    throw new DirectoryError("DIRECTORY_READ_ONLY", message);
  }

  async lookup(path: string, options: AskDirectoryOptions): Promise<readonly ServiceEntry[]> {
    return this.#inTime(options, () => this.#questions.services(path));
  }

  /** The services that the zone lists (RFC 6763 section 9), since DNS itself cannot list the names below a name. */
  async list(folder: string, options: AskDirectoryOptions): Promise<readonly string[]> {
    const { domain } = this.#url;
    const where = listName(folder, domain);
    const pointers = await this.#inTime(options, () => this.#questions.pointers(where));
    if (pointers.length === 0) {
      const message = `the ${this.name} does not list ${folder}: the zone has no PTR records at ${where}`;
      throw new DirectoryError("DIRECTORY_REFUSED", message);
    }
    const below = folder === "/" ? "/" : `${folder.toLowerCase()}/`;
    const paths = pointers.flatMap((name) => pathOf(name, domain) ?? []);
    return [...new Set(paths.filter((path) => `${path}/`.startsWith(below)))].sort();
  }

  async watch(path: string, listener: ServicesListener, options: AskDirectoryOptions): Promise<Watch> {
    const ask = (): Promise<readonly ServiceEntry[]> => this.#questions.services(path);
    const entries = await this.#inTime(options, ask);
    this.#check();
    const watch = new DnsWatch(
      ask,
      this.#url.interval,
      listener,
      () => this.#watches.delete(watch),
      options.background,
    );
    this.#watches.add(watch);
    watch.begin(entries);
    return watch;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const end of [...this.#closing]) end();
    for (const watch of [...this.#watches]) await watch.close();
    this.#questions.close();
  }

  #insteadOf(path: string): string {
    try {
      return `add an SRV record for ${serviceName(path, "tcp", this.#url.domain)} to the zone instead`;
    } catch (error) {
      return (error as Error).message;
    }
  }

  async #inTime<T>(options: AskDirectoryOptions, ask: () => Promise<T>): Promise<T> {
    this.#check();
    return inTime({ name: this.name, options, closing: this.#closing, ask });
  }

  #check(): void {
    if (this.#isClosed) throw closed(this.name);
  }
}
