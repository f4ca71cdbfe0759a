/* A client of PEER_PROG in C: makes a connection, and then the calls that its arguments name, in order.
 *   peer_client NETID HOST[:PORT] [none|sys] [BUFFER] CALL...
 * With PORT it asks no binder. `sys` is AUTH_SYS as user 1234 of group 56, also in groups 7 and 8, on "here".
 * BUFFER is the size of its send and receive buffers, 0 for the default.
 * Calls: null, add:A,B, subtract:A,B, echo:SIZE, whoami, fill:SIZE. Prints a line for each. */
#include <arpa/inet.h>
#include <netconfig.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "peer.h"

static void fail(CLIENT *client, const char *what) {
  printf("%s\n", client == NULL ? clnt_spcreateerror((char *)what) : clnt_sperror(client, (char *)what));
  exit(1);
}

static CLIENT *connect_to(const char *netid, const char *where, u_int version, u_int buffer) {
  char host[256];
  snprintf(host, sizeof host, "%s", where);
  char *colon = strrchr(host, ':');
  if (colon == NULL || strchr(host, ':') != colon) {
    struct netconfig *transport = getnetconfigent(netid);
    return transport == NULL ? NULL : clnt_tp_create(host, PEER_PROG, version, transport);
  }
  *colon = 0;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(colon + 1))};
  inet_aton(host, &address.sin_addr);
  int fd = RPC_ANYSOCK;
  struct timeval again = {1, 0};
  if (strcmp(netid, "tcp") == 0) return clnttcp_create(&address, PEER_PROG, version, &fd, buffer, buffer);
  if (buffer == 0) buffer = 65000;
  return clntudp_bufcreate(&address, PEER_PROG, version, again, &fd, buffer, buffer);
}

static blob numbered(u_int size) {
  blob bytes = {size, malloc(size + 1)};
  for (u_int i = 0; i < size; i++) bytes.blob_val[i] = (char)(i * 7);
  return bytes;
}

static void print_caller(const caller *who) {
  printf("whoami flavor=%d machine=%s uid=%u gid=%u gids=", who->flavor, who->machine, who->uid, who->gid);
  for (u_int i = 0; i < who->gids.gids_len; i++) printf("%s%u", i ? "," : "", who->gids.gids_val[i]);
  printf("\n");
}

static void make_call(CLIENT *client, char *call) {
  char *argument = strchr(call, ':');
  if (argument != NULL) *argument++ = 0;
  intpair pair = {0, 0};
  if (strcmp(call, "null") == 0) {
    struct timeval wait = {10, 0};
    if (clnt_call(client, NULLPROC, (xdrproc_t)xdr_void, NULL, (xdrproc_t)xdr_void, NULL, wait) != RPC_SUCCESS) fail(client, call);
    printf("null ok\n");
  } else if (strcmp(call, "add") == 0 || strcmp(call, "subtract") == 0) {
    sscanf(argument, "%d,%d", &pair.a, &pair.b);
    int *result = call[0] == 'a' ? add_1(&pair, client) : subtract_3(&pair, client);
    if (result == NULL) fail(client, call);
    printf("%s %d\n", call, *result);
  } else if (strcmp(call, "echo") == 0) {
    blob sent = numbered((u_int)atoi(argument));
    blob *back = echo_1(&sent, client);
    if (back == NULL) fail(client, call);
    int same = back->blob_len == sent.blob_len && memcmp(back->blob_val, sent.blob_val, sent.blob_len) == 0;
    printf("echo %u %s\n", back->blob_len, same ? "same" : "DIFFERENT");
  } else if (strcmp(call, "fill") == 0) {
    u_int size = (u_int)atoi(argument);
    blob *back = fill_1(&size, client);
    if (back == NULL) fail(client, call);
    u_int wrong = back->blob_len != size;
    for (u_int i = 0; i < back->blob_len; i++) wrong += back->blob_val[i] != (char)i;
    printf("fill %u %s\n", back->blob_len, wrong ? "DIFFERENT" : "same");
  } else if (strcmp(call, "whoami") == 0) {
    caller *who = who_am_i_1(NULL, client);
    if (who == NULL) fail(client, call);
    print_caller(who);
  } else {
    printf("unknown call %s\n", call);
    exit(2);
  }
  fflush(stdout);
}

int main(int argc, char **argv) {
  if (argc < 6) {
    puts("usage: peer_client NETID HOST[:PORT] none|sys BUFFER CALL...");
    return 2;
  }
  u_int version = strncmp(argv[5], "subtract", 8) == 0 ? PEER_V3 : PEER_V1;
  CLIENT *client = connect_to(argv[1], argv[2], version, (u_int)atoi(argv[4]));
  if (client == NULL) fail(NULL, argv[2]);
  gid_t groups[] = {7, 8};
  if (strcmp(argv[3], "sys") == 0) client->cl_auth = authunix_create("here", 1234, 56, 2, groups);
  for (int i = 5; i < argc; i++) make_call(client, argv[i]);
  clnt_destroy(client);
  return 0;
}
