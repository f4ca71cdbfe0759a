// A cluster of nats-servers on this machine.

import { freePort } from "../support/free-port.js";
import { until } from "../support/waiting.js";
import { nats } from "./nats-client.js";
import { type NatsServer, startNatsServer } from "./nats-server.js";

export interface NatsCluster extends AsyncDisposable {
  readonly url: string;
  /** The server that leads a stream. */
  leader(stream: string): Promise<NatsServer>;
}

export async function startNatsCluster(size: number): Promise<NatsCluster> {
  const ports = await Promise.all(Array.from({ length: size }, freePort));
  const routes = ports.map((port) => `"nats-route://127.0.0.1:${port}"`).join(", ");
  const servers = await Promise.all(
    ports.map((port, at) =>
      startNatsServer(`server_name: n${at}\ncluster { name: test, listen: "127.0.0.1:${port}", routes: [${routes}] }`),
    ),
  );
  const hosts = servers.map((server) => `127.0.0.1:${server.port}`);
  await untilFormed(hosts, size);
  const leader = async (stream: string): Promise<NatsServer> => {
    const client = await nats.connect({ servers: hosts });
    let found: NatsServer | undefined;
    await until(
      async () => {
        // While there is no leader, nobody answers.
        const info = await client.request(`$JS.API.STREAM.INFO.${stream}`, "").catch(() => undefined);
        const name = (info?.json() as { cluster?: { leader?: string } } | undefined)?.cluster?.leader;
        found = servers[Number(name?.slice(1))];
        return found !== undefined;
      },
      () => `a leader of ${stream}`,
    );
    await client.close();
    return found as NatsServer;
  };
  return {
    url: `nats://${hosts.join(",")}`,
    leader,
    async [Symbol.asyncDispose]() {
      for (const server of servers) await server[Symbol.asyncDispose]();
    },
  };
}

/** Servers that have just started find each other one after the other: until then no stream can be on all of them. */
async function untilFormed(hosts: readonly string[], size: number): Promise<void> {
  const client = await nats.connect({ servers: hosts });
  const ask = async (what: string, body: object): Promise<string> => {
    try {
      return JSON.stringify((await client.request(`$JS.API.STREAM.${what}.probe`, JSON.stringify(body))).json());
    } catch (error) {
      return JSON.stringify({ error: String(error) });
    }
  };
  let answer = "";
  await until(
    async () => {
      answer = await ask("CREATE", { name: "probe", subjects: ["probe"], num_replicas: size, storage: "memory" });
      return !answer.includes('"error"');
    },
    () => `the cluster to form: ${answer}`,
  );
  await ask("DELETE", {});
  await client.close();
}
