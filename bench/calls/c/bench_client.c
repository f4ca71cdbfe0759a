/* The load of the call benchmark from C, one call at a time: libtirpc's clnt_call waits for its reply.
 *   bench_client tcp|udp PORT [SETTING]
 * Reads "add 1 0 MILLISECONDS" or "echo 1 SIZE MILLISECONDS" a line, and answers each with "CALLS NANOSECONDS".
 * With the setting AUTH_SYS its calls carry this user's credential. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "peer.h"

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void fail(const char *what) {
  fprintf(stderr, "bench_client: %s\n", what);
  exit(1);
}

static void add(CLIENT *client, int number) {
  intpair pair = {number, 2};
  int *sum = add_1(&pair, client);
  if (sum == NULL || *sum != number + 2) fail("add failed");
}

/* The first echo of a load is compared whole, the others by their length and marks, as worker.ts does. */
static void echo(CLIENT *client, blob *bytes, long long number) {
  u_int marks[] = {0, bytes->blob_len / 2, bytes->blob_len - 1};
  for (int i = 0; i < 3; i++) bytes->blob_val[marks[i]] = (char)number;
  blob *back = echo_1(bytes, client);
  if (back == NULL || back->blob_len != bytes->blob_len) fail("echo failed");
  if (number == 0 && memcmp(back->blob_val, bytes->blob_val, bytes->blob_len) != 0) fail("wrong echo");
  for (int i = 0; i < 3; i++)
    if (back->blob_val[marks[i]] != (char)number) fail("wrong echo");
  clnt_freeres(client, (xdrproc_t)xdr_blob, (char *)back);
}

int main(int argc, char **argv) {
  if (argc != 3 && argc != 4) fail("usage: bench_client tcp|udp PORT [SETTING]");
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = RPC_ANYSOCK;
  struct timeval again = {1, 0};
  CLIENT *client = strcmp(argv[1], "tcp") == 0 ? clnttcp_create(&address, PEER_PROG, PEER_V1, &fd, 0, 0)
                                               : clntudp_bufcreate(&address, PEER_PROG, PEER_V1, again, &fd, 65000, 65000);
  if (client == NULL) fail("cannot connect");
  if (argc == 4 && strcmp(argv[3], "AUTH_SYS") == 0) client->cl_auth = authunix_create_default();
  char what[16];
  int depth, size, milliseconds;
  while (scanf("%15s %d %d %d", what, &depth, &size, &milliseconds) == 4) {
    int adds = strcmp(what, "add") == 0;
    blob bytes = {(u_int)size, malloc((size_t)size + 1)};
    if (!adds)
      for (int i = 0; i < size; i++) bytes.blob_val[i] = (char)(i * 31);
    long long calls = 0, start = now(), end = start + milliseconds * 1000000LL, time = start;
    while (time < end) {
      if (adds) add(client, (int)calls);
      else echo(client, &bytes, calls);
      calls++;
      time = now();
    }
    free(bytes.blob_val);
    printf("%lld %lld\n", calls, time - start);
    fflush(stdout);
  }
  return 0;
}
