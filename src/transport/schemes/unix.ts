// unix:/path. The code for Unix sockets is loaded when it is used.
import { type AddressKinds, badPath, withoutSlashes } from "../address-forms.js";
import type { ClientEnd, Form, ServerEnd } from "./scheme.js";

type Unix = AddressKinds["unix"];

export const form: Form<Unix> = {
  name: "unix",
  example: "unix:/path",
  parse(rest) {
    const path = withoutSlashes(rest);
    return badPath(path) ?? { kind: "unix", path };
  },
  fits: ({ path }: { readonly path?: unknown }) => typeof path === "string",
};

export const client: ClientEnd<Unix> = {
  async connect({ path }, options) {
    const { connectUnix } = await import("../unix-connect.js");
    return connectUnix({ ...options, path });
  },
};

export const server: ServerEnd<Unix> = {
  async listen({ path }, onConnection, options) {
    const { listenUnix } = await import("../unix.js");
    return listenUnix(onConnection, { ...options, path });
  },
};
