// The embedded rpcbind under test.
import { startRpcbind } from "lupine/binding";
import { serveQuestions } from "./subject.js";

const rpcbind = await startRpcbind({ port: 0 });

serveQuestions(
  { url: rpcbind.url },
  () => rpcbind.close(),
  () => ({ registrations: rpcbind.table.size }),
);
