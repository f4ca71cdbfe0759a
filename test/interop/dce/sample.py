# sample.idl as impacket writes it: for its client (client PORT) and its server (server), which the interop test starts; and
# questions to an endpoint mapper (mapper PORT) and to a server's management interface (management PORT).
import sys
from impacket import uuid
from impacket.dcerpc.v5 import epm, mgmt, rpcrt, transport
from impacket.dcerpc.v5.dtypes import LONG, WSTR, NULL
from impacket.dcerpc.v5.ndr import (
    NDRCALL, NDRHYPER, NDRPOINTER, NDRSTRUCT, NDRUniConformantArray, NDRUniConformantVaryingArray, NDRUniFixedArray)

SAMPLE = ("b7a1c9e2-5a7e-4c35-9d0f-1c4d9fb3a6e1", "1.0")


class Text(NDRUniConformantVaryingArray):
    def __setitem__(self, key, value):
        if key == "Data" and isinstance(value, str):
            value = value.encode("utf-8") + b"\0"
            self.fields["MaximumCount"] = self.fields["ActualCount"] = len(value)
        NDRUniConformantVaryingArray.__setitem__(self, key, value)


class PText(NDRPOINTER):
    referent = (("Data", Text),)


class PWText(NDRPOINTER):
    referent = (("Data", WSTR),)


class Longs(NDRUniConformantArray):
    item = "<l"


# impacket cannot make a type that contains itself: a list of three nodes has three types.
class PLast(NDRPOINTER):
    referent = (("Data", LONG),)


def node_before(pointer):
    node = type("Node", (NDRSTRUCT,), {"structure": (("value", NDRHYPER), ("next", pointer))})
    return type("PNode", (NDRPOINTER,), {"referent": (("Data", node),)})


PNode3 = node_before(PLast)
PNode2 = node_before(PNode3)
PNode = node_before(PNode2)


class Digest(NDRUniFixedArray):
    def getDataLen(self, data, offset=0):
        return 16


class Handle(NDRSTRUCT):
    align = 4
    structure = (("bytes", "20s=b''"),)

    def getAlignment(self):
        return 4


class Add(NDRCALL):
    opnum = 0
    structure = (("a", LONG), ("b", LONG))


class AddResponse(NDRCALL):
    structure = (("sum", LONG), ("result", LONG))


class Sum(NDRCALL):
    opnum = 2
    structure = (("n", LONG), ("values", Longs))


class SumResponse(NDRCALL):
    structure = (("result", NDRHYPER),)


class Reverse(NDRCALL):
    opnum = 3
    structure = (("list", PNode),)


class ReverseResponse(NDRCALL):
    structure = (("list", PNode),)


class Fill(NDRCALL):
    opnum = 4
    structure = (("max", LONG),)


class FillResponse(NDRCALL):
    structure = (("got", LONG), ("data", NDRUniConformantVaryingArray))


class Texts(NDRCALL):
    opnum = 5
    structure = (("a", Text), ("b", PWText), ("d", Digest))


class TextsResponse(NDRCALL):
    structure = (("c", PText),)


class Open(NDRCALL):
    opnum = 7
    structure = (("name", Text),)


class OpenResponse(NDRCALL):
    structure = (("s", Handle), ("result", LONG))


class CloseSession(NDRCALL):
    opnum = 8
    structure = (("s", Handle),)


class CloseSessionResponse(NDRCALL):
    structure = (("s", Handle), ("result", LONG))


def set_list(call, values):
    for pointer in (PNode, PNode2, PNode3):
        node = pointer.referent[0][1]()
        node["value"] = values[0]
        values = values[1:]
        if pointer is PNode:
            call["list"] = node
        else:
            before["next"] = node
        before = node
    before["next"] = NULL


def values_of(node):
    return [node["value"], node["next"]["value"], node["next"]["next"]["value"]]


# By default impacket takes the last four bytes of a reply for an error.
def ask(dce, call):
    return dce.request(call, checkError=False)


def client(port):
    dce = connected(port)
    dce.bind(uuid.uuidtup_to_bin(SAMPLE))

    call = Add()
    call["a"], call["b"] = 40, 2
    print("add", ask(dce, call)["sum"])

    call = Sum()
    call["n"], call["values"] = 20000, list(range(20000))
    print("sum", ask(dce, call)["result"])

    call = Reverse()
    set_list(call, [1, 2, 3])
    print("reverse", values_of(ask(dce, call)["list"]))

    call = Fill()
    call["max"] = 20000
    print("fill", len(b"".join(ask(dce, call)["data"])))

    call = Texts()
    call["a"], call["b"], call["d"] = "h\u00e9", "w\u00efde\0", b"\1" * 16
    print("texts", b"".join(ask(dce, call)["c"]).decode("utf-8").rstrip("\0"))

    call = Open()
    call["name"] = "session"
    handle = ask(dce, call)["s"]
    call = CloseSession()
    call["s"] = handle
    answer = ask(dce, call)
    print("close", answer["result"], answer["s"]["bytes"] == b"\0" * 20)
    try:
        ask(dce, call)
    except Exception as error:
        print("closed", error)
    try:
        dce.call(99, b"")
        dce.recv()
    except Exception as error:
        print("range", error)
    dce.disconnect()


def answer(request, response, fill):
    def run(data):
        call, reply = request(data), response()
        fill(call, reply)
        return reply.getData()

    return run


def add(call, reply):
    reply["sum"], reply["result"] = call["a"] + call["b"], 0


def sum_of(call, reply):
    reply["result"] = sum(call["values"])


def reverse(call, reply):
    set_list(reply, values_of(call["list"])[::-1])


def texts(call, reply):
    wide = call["b"]
    reply["c"] = "%s %s" % (b"".join(call["a"]).decode("utf-8").rstrip("\0"), wide.rstrip("\0") if wide else "null")


def server():
    one = rpcrt.DCERPCServer()
    callbacks = {
        0: answer(Add, AddResponse, add),
        2: answer(Sum, SumResponse, sum_of),
        3: answer(Reverse, ReverseResponse, reverse),
        5: answer(Texts, TextsResponse, texts),
    }
    one.addCallbacks(SAMPLE, "135", callbacks)
    # Its thread listens too, but maybe after the port was printed.
    one._sock.listen(10)
    one.start()
    print("port %d." % one.getListenPort(), flush=True)


# What impacket's rpcdump and rpcmap do.
def mapper(port):
    dce = connected(port)
    for entry in epm.hept_lookup(None, dce=dce):
        tower = entry["tower"]["Floors"]
        print("entry", tower[0], epm.PrintStringBinding(tower), entry["annotation"].decode().rstrip("\0"))
    print("map", epm.hept_map("127.0.0.1", uuid.uuidtup_to_bin(SAMPLE), protocol="ncacn_ip_tcp", dce=connected(port)))
    try:
        epm.hept_map("127.0.0.1", uuid.uuidtup_to_bin(SAMPLE), protocol="ncacn_http", dce=connected(port))
    except Exception as error:
        print("no http: 0x%x" % error.get_error_code())


def management(port):
    dce = connected(port)
    dce.bind(mgmt.MSRPC_UUID_MGMT)
    for one in mgmt.hinq_if_ids(dce)["if_id_vector"]["if_id"]:
        print("interface", *uuid.bin_to_uuidtup(one["Data"].getData()))
    print("listening", mgmt.his_server_listening(dce)["status"])
    print("stats", len(ask(dce, counted_stats())["statistics"]))
    try:
        mgmt.hstop_server_listening(dce)
    except Exception as error:
        print("stop: 0x%x" % error.get_error_code())


def counted_stats():
    call = mgmt.inq_stats()
    call["count"] = 4
    return call


def connected(port):
    dce = transport.DCERPCTransportFactory("ncacn_ip_tcp:127.0.0.1[%d]" % port).get_dce_rpc()
    dce.connect()
    return dce


roles = {"client": client, "mapper": mapper, "management": management}
if sys.argv[1] == "server":
    server()
else:
    roles[sys.argv[1]](int(sys.argv[2]))
