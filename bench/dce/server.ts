// The servers of the benchmark, in one process: prints the ports of ONC RPC and of DCE RPC.
import { Server } from "lupine";
import { DceServer } from "lupine/dce";
import { ADD_VERS } from "../../examples/add/add.gen.js";
import { Sample_v1 } from "../../examples/dce/sample.gen.js";

const onc = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
const { address } = await onc.listen("tcp://127.0.0.1:0");
const dce = new DceServer().implement(Sample_v1, {
  add: (a, b) => a + b,
  status: () => ({ now: { machine: null, calls: 0 } }),
});
const { port } = await dce.listen("ncacn_ip_tcp:127.0.0.1[0]");
console.log(`${"port" in address ? address.port : 0} ${port}`);
process.stdin.resume();
