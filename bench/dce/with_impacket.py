# impacket's client of the benchmark: for each line, a number of calls, it makes so many and prints the seconds that they took.
import struct
import sys
import time
from impacket import uuid
from impacket.dcerpc.v5 import transport

dce = transport.DCERPCTransportFactory("ncacn_ip_tcp:127.0.0.1[%s]" % sys.argv[1]).get_dce_rpc()
dce.connect()
dce.bind(uuid.uuidtup_to_bin(("5d1f8a64-93c2-4b0e-8f7d-2a6c3e9b7f10", "1.0")))
print("ready", flush=True)
for line in sys.stdin:
    start = time.perf_counter()
    for i in range(int(line)):
        dce.call(0, struct.pack("<ii", i, 2))
        dce.recv()
    print(time.perf_counter() - start, flush=True)
