// A second interface for tests of DCE RPC, with one operation.
import type { DceInterface, DceOperation } from "lupine/dce";

export const ping: DceInterface<{ ping: DceOperation<[], void> }> = {
  name: "Ping",
  uuid: "0a1b2c3d-5a7e-4c35-9d0f-1c4d9fb3a6e1",
  version: 1,
  minor: 0,
  endpoints: [],
  operations: { ping: { name: "ping", number: 0, params: [] } },
};
