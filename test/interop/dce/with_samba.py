# Samba's own NDR and its clients, for the interop test.
#   oracle FILE  reads lines of JSON (interface, operation, bytes of both directions), and prints what samba makes of the bytes
#   client PORT  calls rpcecho at a server of ours, in both byte orders
#   kerberos PORT  calls rpcecho at a server of ours, with the tickets of KRB5CCNAME: both forms, both protections
#   group PORT GROUP  continues a look-up of our endpoint mapper over another connection, in this association group and without it
import json
import os
import sys
from samba import ndr, param
from samba.dcerpc import echo, lsa, srvsvc

modules = {"rpcecho": echo, "srvsvc": srvsvc, "lsarpc": lsa}


def again(line):
    question = json.loads(line)
    call = getattr(modules[question["interface"]], question["operation"])()
    big = question["big"]
    try:
        ndr.ndr_unpack_in(call, bytes.fromhex(question["in"]), bigendian=big)
        arguments = ndr.ndr_pack_in(call, bigendian=big).hex()
        ndr.ndr_unpack_out(call, bytes.fromhex(question["out"]), bigendian=big)
        return {"in": arguments, "out": ndr.ndr_pack_out(call, bigendian=big).hex()}
    except Exception as error:
        return {"in": str(error), "out": ""}


def oracle(path):
    with open(path) as file:
        for line in file:
            print(json.dumps(again(line)))


def client(port):
    settings = param.LoadParm()
    settings.load_default()
    for order in ("", ",bigendian"):
        service = echo.rpcecho("ncacn_ip_tcp:127.0.0.1[%s%s]" % (port, order), settings)
        print("AddOne", service.AddOne(41))
        print("EchoData", bytes(service.EchoData([1, 2, 3])).hex())
        print("SinkData", service.SinkData([1] * 20000))
        print("SourceData", len(service.SourceData(20000)))
        print("TestCall", service.TestCall("w\u00efde \U0001f600"))
        for level in range(1, 8):
            info = service.TestCall2(level)
            print("TestCall2", level, [getattr(info, name) for name in ("v", "v1", "v2") if hasattr(info, name)])
        surrounding = echo.Surrounding()
        surrounding.x, surrounding.surrounding = 3, [1, 2, 3]
        print("TestSurrounding", service.TestSurrounding(surrounding).surrounding)


def kerberos(port):
    from samba.credentials import MUST_USE_KERBEROS, SPECIFIED, Credentials
    settings = param.LoadParm()
    settings.load_default()
    settings.set("realm", "LUPINE.TEST")
    settings.set("workgroup", "LUPINE")
    proof = Credentials()
    proof.guess(settings)
    proof.set_kerberos_state(MUST_USE_KERBEROS)
    proof.set_named_ccache("FILE:" + os.environ["KRB5CCNAME"], SPECIFIED, settings)
    for form in ("spnego", "krb5"):
        for protection in ("sign", "seal"):
            for order in ("", ",bigendian"):
                binding = "ncacn_ip_tcp:127.0.0.1[%s,target_hostname=localhost,%s,%s%s]" % (port, form, protection, order)
                service = echo.rpcecho(binding, settings, proof)
                sizes = [len(service.SourceData(size)) for size in (0, 1, 15, 16, 17, 20000)]
                print(form, protection, service.AddOne(41), sizes, bytes(service.EchoData([1, 2, 3])).hex())


def group(port, number):
    from samba.dcerpc import epmapper, misc
    settings = param.LoadParm()
    settings.load_default()

    def page(option, handle):
        mapper = None
        try:
            mapper = epmapper.epmapper("ncacn_ip_tcp:127.0.0.1[%s%s]" % (port, option), settings)
            return mapper, *mapper.epm_Lookup(0, None, None, 1, handle, 1)
        except Exception as error:
            return mapper, handle, [], error

    own = ",assoc_group_id=%s" % number
    first, handle, entries, status = page(own, misc.policy_handle())
    print("first", len(entries), status)
    for where, option in (("elsewhere", ""), ("in the group", own)):
        _, _, entries, status = page(option, handle)
        print(where, len(entries), status)
    _, _, entries, status = page(",assoc_group_id=0x1", misc.policy_handle())
    print("no group", len(entries), status)


{"kerberos": kerberos, "oracle": oracle, "client": client, "group": group}[sys.argv[1]](*sys.argv[2:])
