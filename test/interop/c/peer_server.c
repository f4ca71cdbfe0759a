/* A server of PEER_PROG in C.
 *   peer_server tcp|udp PORT [BUFFER]   on a fixed port of 127.0.0.1, known to no binder; BUFFER bytes of buffer each way
 *   peer_server tcp|udp...              on ports of its own, over IPv4 and IPv6, registered with the binder (svc_create)
 * Prints "ready" when it serves, and runs until it is killed. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "peer.h"

/* Made by rpcgen -m. */
void peer_prog_1(struct svc_req *, SVCXPRT *);
void peer_prog_3(struct svc_req *, SVCXPRT *);

int *add_1_svc(intpair *pair, struct svc_req *request) {
  static int sum;
  (void)request;
  sum = pair->a + pair->b;
  return &sum;
}

int *subtract_3_svc(intpair *pair, struct svc_req *request) {
  static int difference;
  (void)request;
  difference = pair->a - pair->b;
  return &difference;
}

blob *echo_1_svc(blob *bytes, struct svc_req *request) {
  (void)request;
  return bytes;
}

caller *who_am_i_1_svc(void *nothing, struct svc_req *request) {
  static caller who;
  static char machine[256];
  (void)nothing;
  memset(&who, 0, sizeof who);
  who.flavor = request->rq_cred.oa_flavor;
  who.machine = machine;
  machine[0] = 0;
  if (who.flavor == AUTH_SYS) {
    struct authsys_parms *sys = (struct authsys_parms *)request->rq_clntcred;
    snprintf(machine, sizeof machine, "%s", sys->aup_machname);
    who.uid = sys->aup_uid;
    who.gid = sys->aup_gid;
    who.gids.gids_len = sys->aup_len;
    who.gids.gids_val = sys->aup_gids;
  }
  return &who;
}

blob *fill_1_svc(u_int *size, struct svc_req *request) {
  static blob bytes;
  (void)request;
  free(bytes.blob_val);
  bytes.blob_len = *size;
  bytes.blob_val = malloc(*size + 1);
  for (u_int i = 0; i < *size; i++) bytes.blob_val[i] = (char)i;
  return &bytes;
}

static void fail(const char *what) {
  fprintf(stderr, "peer_server: %s\n", what);
  exit(1);
}

static void serve_fixed_port(const char *protocol, int port, u_int buffer) {
  int tcp = strcmp(protocol, "tcp") == 0;
  int fd = socket(AF_INET, tcp ? SOCK_STREAM : SOCK_DGRAM, 0);
  int on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) fail("cannot bind");
  if (tcp && listen(fd, 64) != 0) fail("cannot listen");
  if (!tcp && buffer == 0) buffer = 65000;
  SVCXPRT *transport = tcp ? svctcp_create(fd, buffer, buffer) : svcudp_bufcreate(fd, buffer, buffer);
  if (transport == NULL) fail("cannot make a transport");
  /* Protocol 0: tell no binder. */
  if (!svc_register(transport, PEER_PROG, PEER_V1, peer_prog_1, 0)) fail("cannot serve version 1");
  if (!svc_register(transport, PEER_PROG, PEER_V3, peer_prog_3, 0)) fail("cannot serve version 3");
}

static void serve_registered(const char *netid) {
  if (svc_create(peer_prog_1, PEER_PROG, PEER_V1, netid) == 0) fail("cannot register version 1");
  if (svc_create(peer_prog_3, PEER_PROG, PEER_V3, netid) == 0) fail("cannot register version 3");
}

int main(int argc, char **argv) {
  if (argc < 2) fail("usage: peer_server tcp|udp PORT [BUFFER], or peer_server tcp|udp...");
  if (argc > 2 && atoi(argv[2]) > 0) {
    serve_fixed_port(argv[1], atoi(argv[2]), argc > 3 ? (u_int)atoi(argv[3]) : 0);
  } else {
    for (int i = 1; i < argc; i++) serve_registered(argv[i]);
  }
  puts("ready");
  fflush(stdout);
  svc_run();
  return 1;
}
