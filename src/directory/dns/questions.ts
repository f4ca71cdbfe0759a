// Questions to DNS. "No such record" is an answer; everything else without records is an error.
import { promises } from "node:dns";
import type { ServiceEntry } from "../engine.js";
import { DirectoryError } from "../errors.js";
import { unreachable } from "../in-time.js";
import { entriesOf, type Records, type SrvRecord } from "./entries.js";
import { type Protocol, serviceName } from "./names.js";

/** Milliseconds for the first attempt. Each further attempt has twice the time. */
const firstAttempt = 1_000;
const attempts = 3;

/** The name does not exist, or has no record of this kind (RFC 2308). */
const none = new Set(["ENOTFOUND", "ENODATA"]);

/** Asks DNS about one domain. @throws DirectoryError from each method. */
export class DnsQuestions {
  readonly #name: string;
  readonly #domain: string;
  readonly #resolver = new promises.Resolver({ timeout: firstAttempt, tries: attempts });

  constructor(name: string, domain: string, resolvers: readonly string[]) {
    this.#name = name;
    this.#domain = domain;
    if (resolvers.length > 0) this.#resolver.setServers(resolvers);
  }

  /** Rejects if no name server answers for the domain. */
  async reach(): Promise<void> {
    await this.#ask(() => this.#resolver.resolveSoa(this.#domain).then((soa) => [soa]));
  }

  async services(path: string): Promise<readonly ServiceEntry[]> {
    const [tcp, udp] = await Promise.all([this.#records(path, "tcp"), this.#records(path, "udp")]);
    return entriesOf(tcp, udp);
  }

  /** The names that a PTR record points to. */
  pointers(name: string): Promise<readonly string[]> {
    return this.#ask(() => this.#resolver.resolvePtr(name));
  }

  /** Ends pending questions. */
  close(): void {
    this.#resolver.cancel();
  }

  async #records(path: string, protocol: Protocol): Promise<Records> {
    const name = serviceName(path, protocol, this.#domain);
    const services: readonly SrvRecord[] = await this.#ask(() => this.#resolver.resolveSrv(name));
    const texts = services.length === 0 ? [] : await this.#ask(() => this.#resolver.resolveTxt(name));
    return { services, texts };
  }

  async #ask<T>(question: () => Promise<readonly T[]>): Promise<readonly T[]> {
    try {
      return await question();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== undefined && none.has(code)) return [];
      if (code === "EREFUSED") {
        const message = `${this.#name} refuses: the resolver does not answer for it`;
        throw new DirectoryError("DIRECTORY_REFUSED", message, { cause: error });
      }
      throw unreachable(this.#name, (error as Error).message, error);
    }
  }
}
