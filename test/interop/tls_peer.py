"""An independent end of RPC over TLS (RFC 9289), with Python's ssl alone.

    tls_peer.py client PORT CAFILE [CERT KEY]   probe, handshake, ADD(20, 22); prints the version, ALPN, the tickets and the sum
    tls_peer.py server CERT KEY [CAFILE]        prints its port, serves connections: the offer, a handshake, sums of two
    tls_peer.py relay PORT                      prints its port; for each connection does the probe at PORT, then passes bytes
"""
import socket
import ssl
import struct
import sys
import threading

PROGRAM, VERSION = 0x23451111, 1


def receive(sock):
    def exactly(count):
        data = b""
        while len(data) < count:
            more = sock.recv(count - len(data))
            if not more:
                raise EOFError("closed")
            data += more
        return data

    (mark,) = struct.unpack(">I", exactly(4))
    return exactly(mark & 0x7FFFFFFF)


def send(sock, *words):
    data = struct.pack(f">{len(words)}I", *words)
    sock.sendall(struct.pack(">I", 0x80000000 | len(data)) + data)


def probe(sock):
    send(sock, 1, 0, 2, PROGRAM, VERSION, 0, 7, 0, 0, 0)
    offer = struct.pack(">5I", 1, 1, 0, 0, 8) + b"STARTTLS" + struct.pack(">I", 0)
    if receive(sock) != offer:
        raise SystemExit("no offer")


def context_of(role, ca):
    context = ssl.SSLContext(role)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_alpn_protocols(["sunrpc"])
    if ca:
        context.load_verify_locations(ca)
    return context


def client(port, ca, *pair):
    plain = socket.create_connection(("127.0.0.1", int(port)))
    probe(plain)
    context = context_of(ssl.PROTOCOL_TLS_CLIENT, ca)
    if pair:
        context.load_cert_chain(*pair)
    with context.wrap_socket(plain, server_hostname="localhost") as secured:
        send(secured, 2, 0, 2, PROGRAM, VERSION, 1, 0, 0, 0, 0, 20, 22)
        reply = struct.unpack(">7I", receive(secured))
        ticket = "a ticket" if secured.session.has_ticket else "no ticket"
        print(secured.version(), secured.selected_alpn_protocol(), reply[-1], ticket)


def serve_one(plain, context):
    try:
        call = struct.unpack_from(">7I", receive(plain))
        plain.sendall(struct.pack(">6I", 0x80000020, call[0], 1, 0, 0, 8) + b"STARTTLS" + struct.pack(">I", 0))
        with context.wrap_socket(plain, server_side=True) as secured:
            while True:
                call = receive(secured)
                xid, _, _, _, _, procedure = struct.unpack_from(">6I", call)
                result = [] if procedure == 0 else [sum(struct.unpack(">2i", call[-8:]))]
                send(secured, xid, 1, 0, 0, 0, 0, *result)
    except (EOFError, OSError):
        pass


def server(cert, key, ca=None):
    context = context_of(ssl.PROTOCOL_TLS_SERVER, ca)
    context.load_cert_chain(cert, key)
    context.num_tickets = 0
    if ca:
        context.verify_mode = ssl.CERT_REQUIRED
    accept(lambda plain: serve_one(plain, context))


def relay(port):
    def passing(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def one(near):
        far = socket.create_connection(("127.0.0.1", int(port)))
        probe(far)
        threading.Thread(target=passing, args=(near, far), daemon=True).start()
        passing(far, near)

    accept(one)


def accept(one):
    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    while True:
        plain, _ = listening.accept()
        threading.Thread(target=one, args=(plain,), daemon=True).start()


if __name__ == "__main__":
    {"client": client, "server": server, "relay": relay}[sys.argv[1]](*sys.argv[2:])
