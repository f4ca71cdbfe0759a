// The projects that `lupine init` can make, and what to do in each. Their files are in templates/, one folder each.

export interface Template {
  /** One line for `--list`. */
  readonly summary: string;
  /** Commands to run next, in the project's folder, with what each is for. */
  readonly next: readonly (readonly [command: string, comment: string])[];
}

const client = ["npm run client -- localhost 1 2", "in another: Result:3"] as const;

/** The templates by folder name. */
export const templates: Readonly<Record<string, Template>> = {
  add: {
    summary: "adds two numbers: one procedure, a server, a client and a test",
    next: [["npm run server", "in one terminal"], client],
  },
  time: {
    summary: "a time server: reads and sets a clock, with a union as result",
    next: [
      ["npm run server", "in one terminal"],
      ["npm run client -- localhost", "in another"],
    ],
  },
  "c-peer": {
    summary: "the add service in TypeScript and in C, by rpcgen and make: each client calls either server",
    next: [
      ["npm run server", "in one terminal, or make -C c && c/add_server"],
      ["npm run client -- localhost 1 2", "in another, or c/add_client localhost 1 2"],
    ],
  },
  directory: {
    summary: "a service by name: servers register as /services/add, clients find them on any machine",
    next: [
      ["npm run directory", "in one terminal: the directory"],
      ["npm run server", "in a second, and in a third"],
      ["npm run client -- 1 2", "in another: Result:3"],
    ],
  },
};
