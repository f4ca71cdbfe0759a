// unix:/path. The code for Unix sockets is loaded when it is used.
import { type AddressKinds, badPath, withoutSlashes } from "../address-forms.js";
import type { BuiltIn } from "./scheme.js";

const listener = () => import("../unix.js");

export const unix: BuiltIn<AddressKinds["unix"]> = {
  name: "unix",
  example: "unix:/path",
  parse(rest) {
    const path = withoutSlashes(rest);
    return badPath(path) ?? { kind: "unix", path };
  },
  fits: ({ path }: { readonly path?: unknown }) => typeof path === "string",
  connect: async ({ path }, options) => (await import("../unix-connect.js")).connectUnix({ ...options, path }),
  listen: async ({ path }, onConnection, options) => (await listener()).listenUnix(onConnection, { ...options, path }),
  load: listener,
};
