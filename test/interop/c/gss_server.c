/* A server of PEER_PROG in C whose callers prove themselves by RPCSEC_GSS with Kerberos.
 *   gss_server tcp|udp PORT SERVICE
 * Prints "ready" when it serves, and runs until it is killed. WHO_AM_I gives the protection in `uid`. */
#include <arpa/inet.h>
#include <rpc/auth_gss.h>
#include <rpc/rpcsec_gss.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "peer.h"

/* Made by rpcgen -m. */
void peer_prog_1(struct svc_req *, SVCXPRT *);

int *add_1_svc(intpair *pair, struct svc_req *request) {
  static int sum;
  (void)request;
  sum = pair->a + pair->b;
  return &sum;
}

blob *echo_1_svc(blob *bytes, struct svc_req *request) {
  (void)request;
  return bytes;
}

caller *who_am_i_1_svc(void *nothing, struct svc_req *request) {
  static caller who;
  rpc_gss_rawcred_t *raw = NULL;
  (void)nothing;
  memset(&who, 0, sizeof who);
  who.flavor = request->rq_cred.oa_flavor;
  who.machine = "";
  if (rpc_gss_getcred(request, &raw, NULL, NULL)) who.uid = raw->service;
  return &who;
}

blob *fill_1_svc(u_int *size, struct svc_req *request) {
  static blob none;
  (void)size;
  (void)request;
  return &none;
}

int *subtract_3_svc(intpair *pair, struct svc_req *request) {
  return add_1_svc(pair, request);
}

static void fail(const char *what) {
  fprintf(stderr, "gss_server: %s\n", what);
  exit(1);
}

int main(int argc, char **argv) {
  if (argc < 4) fail("usage: gss_server tcp|udp PORT SERVICE");
  int tcp = strcmp(argv[1], "tcp") == 0;
  int fd = socket(AF_INET, tcp ? SOCK_STREAM : SOCK_DGRAM, 0);
  int on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) fail("cannot bind");
  if (tcp && listen(fd, 64) != 0) fail("cannot listen");
  SVCXPRT *transport = tcp ? svctcp_create(fd, 0, 0) : svcudp_bufcreate(fd, 65000, 65000);
  if (transport == NULL) fail("cannot make a transport");
  if (!rpc_gss_set_svc_name(argv[3], "kerberos_v5", 3600, PEER_PROG, PEER_V1)) fail("cannot take the service's keys");
  if (!svc_register(transport, PEER_PROG, PEER_V1, peer_prog_1, 0)) fail("cannot serve");
  puts("ready");
  fflush(stdout);
  svc_run();
  return 1;
}
