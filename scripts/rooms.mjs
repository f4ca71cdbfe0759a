// The rooms of src/: who may import whom. scripts/lint-imports.mjs enforces it, ARCHITECTURE.md draws it, and a test holds
// the two equal.

const wire = ["machine", "xdr", "transport", "rpc"];
const conversation = [...wire, "auth", "peer"];
const ends = [...conversation, "client", "server"];

/**
 * Which rooms a room may import besides itself and `base`, which every room may import. Optional:
 * - `types`: rooms of which it may import types only;
 * - `generated`: rooms that only its generated files may import;
 * - `faces`: of these rooms, the only files that it may import;
 * - `tests`: rooms that only its tests may import;
 * - `packages`: npm packages that it may import;
 * - `runtime`: it takes part in calls: it never prints, and takes time, timers and chance from a Clock.
 *
 * A room is a folder of src/; "index" is the files of src/ itself, "codegen/v1" the one file that generated code imports.
 */
export const rooms = {
  base: { imports: [], runtime: true },
  // koffi is optional, and only machine/native.ts loads it.
  machine: { imports: [], packages: ["koffi"], runtime: true },
  xdr: { imports: [], runtime: true },
  transport: { imports: ["machine", "xdr"], runtime: true },
  rpc: { imports: ["xdr"], types: ["transport"], runtime: true },
  "codegen/v1": { imports: ["xdr", "rpc"], runtime: true },
  auth: { imports: wire, runtime: true },
  gss: {
    imports: wire,
    generated: ["codegen/v1"],
    tests: ["peer", "client", "server", "session", "index"],
    runtime: true,
  },
  peer: { imports: [...wire, "auth"], runtime: true },
  client: { imports: conversation, runtime: true },
  server: { imports: conversation, runtime: true },
  pool: { imports: [...conversation, "client"], tests: ["server", "binding"], runtime: true },
  binding: { imports: ends, generated: ["codegen/v1"], runtime: true },
  session: { imports: ends, generated: ["codegen/v1"], runtime: true },
  // Names in a directory and on NATS, which it loads late.
  messaging: {
    imports: [...ends, "directory"],
    faces: { directory: ["index.ts", "service-channel.ts", "nats/open-link.ts", "nats/jetstream.ts"] },
    generated: ["codegen/v1"],
    runtime: true,
  },
  blocking: {
    imports: [...conversation, "client", "binding"],
    faces: { binding: ["locate.ts"] },
    tests: ["server"],
    runtime: true,
  },
  // Of sessions it has the keeper, which runs in the supervisor, and what a worker needs to ask it.
  processes: {
    imports: [...ends, "pool", "binding", "session"],
    generated: ["codegen/v1"],
    faces: {
      session: [
        "kept.ts",
        "ledger.ts",
        "limits.ts",
        "log.ts",
        "message.ts",
        "options.ts",
        "serve.ts",
        "session.gen.ts",
        "session.ts",
        "sessions.ts",
        "state-keeper.ts",
      ],
    },
    tests: ["index", "session"],
    runtime: true,
  },
  directory: {
    imports: [...ends, "pool", "binding"],
    faces: { binding: ["index.ts", "locate.ts", "everyday.ts"] },
    generated: ["codegen/v1"],
    packages: ["@nats-io/transport-node"],
    runtime: true,
  },
  // Of the directory it has the client of NATS, which it loads late, and of sessions the log.
  replies: {
    imports: ["xdr", "rpc", "server", "session", "directory"],
    faces: {
      rpc: ["header.ts"],
      session: ["record-log.ts", "open-record-log.ts", "log-file.ts"],
      directory: ["nats/store.ts", "nats/jetstream.ts"],
      server: ["reply-cache.ts", "waiters.ts"],
    },
    generated: ["codegen/v1"],
    runtime: true,
  },
  index: { imports: [...ends, "pool", "session", "binding", "directory"], runtime: true },
  // Of sessions it has the log and what tells calls and callers from others; clients are made as users make them.
  deferred: {
    imports: [...ends, "session", "index"],
    faces: {
      session: ["record-log.ts", "open-record-log.ts", "log-file.ts", "fingerprint.ts", "message.ts", "owner.ts"],
      index: ["create-client.ts"],
    },
    generated: ["codegen/v1"],
    runtime: true,
  },
  stream: {
    imports: [...ends, "session", "index"],
    faces: { session: ["message.ts", "owner.ts"], index: ["create-client.ts"] },
    generated: ["codegen/v1"],
    runtime: true,
  },
  doors: { imports: [...ends, "pool", "binding"], runtime: true },
  testing: { imports: ["xdr", "transport", "rpc", "peer"], runtime: true },
  explain: { imports: ["xdr", "rpc"], runtime: true },
  // Another protocol: of the wire it has addresses and errors alone. Names and several servers are those of ONC RPC, loaded late.
  dce: {
    imports: ["xdr", "transport", "rpc", "gss", "peer", "client", "pool", "directory"],
    faces: {
      xdr: ["errors.ts", "path.ts", "type.ts"],
      transport: [
        "errors.ts",
        "address.ts",
        "address-group.ts",
        "budget.ts",
        "connect-failures.ts",
        "descriptors.ts",
        "host-shares.ts",
        "refusals.ts",
      ],
      gss: ["mechanism.ts"],
      peer: ["deadlines.ts"],
      client: ["service-target.ts", "stubs.ts", "handle.ts", "deferred-channel.ts", "options.ts"],
      pool: ["endpoints.ts", "list.ts", "pool-channel.ts", "routes.ts"],
      directory: ["index.ts", "service-channel.ts", "client-options.ts"],
    },
    runtime: true,
  },
  // The interface compiler of dce, and of .x files the forms of findings.
  "dce-idl": {
    imports: ["idl", "dce", "codegen"],
    faces: { dce: ["ndr/types.ts", "ndr/expressions.ts", "ndr/layout.ts"], codegen: ["emit/reserved.ts"] },
  },
  // The package is optional, and only this room loads it.
  opentelemetry: { imports: ["rpc"], types: ["transport"], packages: ["@opentelemetry/api"], runtime: true },
  idl: { imports: ["xdr"] },
  codegen: { imports: ["idl", "xdr"], types: ["codegen/v1"] },
  dynamic: { imports: ["idl", "xdr", "rpc", "client", "stream"], faces: { stream: ["streaming.ts"] } },
  project: { imports: ["machine", "idl", "codegen"], packages: ["jiti"] },
  lsp: {
    imports: ["idl", "codegen", "dynamic", "xdr", "project"],
    packages: ["vscode-languageserver", "vscode-languageserver-textdocument"],
  },
  cli: { imports: "all", packages: ["commander", "jiti", "vscode-languageserver"] },
};

/** What tests may import besides what their room may. */
export const forTests = { rooms: ["testing", ...rooms.testing.imports], packages: ["fast-check"] };

/** What a room may import, as its row in ARCHITECTURE.md says it. */
export function mayImport(room) {
  const { imports, types = [], generated = [], faces = {} } = rooms[room];
  if (imports === "all") return "every room";
  const code = (name) => `\`${name}\``;
  const all = [
    ...imports.map((name) =>
      faces[name] === undefined ? code(name) : `${code(name)} (${faces[name].map(code).join(", ")})`,
    ),
    ...types.map((name) => `${code(name)} (types)`),
    ...generated.map((name) => `${code(name)} (generated files)`),
  ];
  return all.length === 0 ? "nothing" : all.join(", ");
}
