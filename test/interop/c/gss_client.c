/* A client of PEER_PROG in C whose calls are protected by RPCSEC_GSS with Kerberos.
 *   gss_client tcp|udp PORT SERVICE none|integrity|privacy CALL...
 * Calls: null, add:A,B, adds:COUNT, echo:SIZE, whoami. Prints a line for each; for adds, the nanoseconds that they took. */
#include <arpa/inet.h>
#include <rpc/auth_gss.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "peer.h"

static void fail(CLIENT *client, char *what) {
  printf("%s\n", client == NULL ? clnt_spcreateerror(what) : clnt_sperror(client, what));
  exit(1);
}

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void make_call(CLIENT *client, char *call) {
  char *argument = strchr(call, ':');
  if (argument != NULL) *argument++ = 0;
  if (strcmp(call, "null") == 0) {
    struct timeval wait = {10, 0};
    if (clnt_call(client, NULLPROC, (xdrproc_t)xdr_void, NULL, (xdrproc_t)xdr_void, NULL, wait) != RPC_SUCCESS) fail(client, call);
    printf("null ok\n");
  } else if (strcmp(call, "add") == 0) {
    intpair pair = {0, 0};
    sscanf(argument, "%d,%d", &pair.a, &pair.b);
    int *result = add_1(&pair, client);
    if (result == NULL) fail(client, call);
    printf("add %d\n", *result);
  } else if (strcmp(call, "adds") == 0) {
    long long start = now();
    for (int i = 0; i < atoi(argument); i++) {
      intpair pair = {i, 2};
      int *result = add_1(&pair, client);
      if (result == NULL || *result != i + 2) fail(client, call);
    }
    printf("adds %lld\n", now() - start);
  } else if (strcmp(call, "echo") == 0) {
    u_int size = (u_int)atoi(argument);
    blob sent = {size, malloc(size + 1)};
    for (u_int i = 0; i < size; i++) sent.blob_val[i] = (char)(i * 7);
    blob *back = echo_1(&sent, client);
    if (back == NULL) fail(client, call);
    int same = back->blob_len == size && memcmp(back->blob_val, sent.blob_val, size) == 0;
    printf("echo %u %s\n", back->blob_len, same ? "same" : "DIFFERENT");
  } else {
    caller *who = who_am_i_1(NULL, client);
    if (who == NULL) fail(client, call);
    printf("whoami flavor=%d %s\n", who->flavor, who->machine);
  }
}

int main(int argc, char **argv) {
  if (argc < 6) return 2;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = RPC_ANYSOCK;
  struct timeval again = {1, 0};
  CLIENT *client = strcmp(argv[1], "tcp") == 0
                       ? clnttcp_create(&address, PEER_PROG, PEER_V1, &fd, 0, 0)
                       : clntudp_bufcreate(&address, PEER_PROG, PEER_V1, again, &fd, 65000, 65000);
  if (client == NULL) fail(NULL, "create");
  gss_OID_desc mechanism = {9, "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"};
  struct rpc_gss_sec security = {&mechanism, GSS_C_QOP_DEFAULT, RPCSEC_GSS_SVC_NONE, GSS_C_NO_CREDENTIAL, GSS_C_MUTUAL_FLAG};
  if (strcmp(argv[4], "integrity") == 0) security.svc = RPCSEC_GSS_SVC_INTEGRITY;
  if (strcmp(argv[4], "privacy") == 0) security.svc = RPCSEC_GSS_SVC_PRIVACY;
  client->cl_auth = authgss_create_default(client, argv[3], &security);
  if (client->cl_auth == NULL) fail(NULL, "authgss_create_default");
  for (int i = 5; i < argc; i++) make_call(client, argv[i]);
  auth_destroy(client->cl_auth);
  clnt_destroy(client);
  return 0;
}
