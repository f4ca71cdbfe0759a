/*
 * A C client of streams, with libtirpc and what rpcgen makes of stream.x: stream PORT LIMIT WINDOW
 * Prints the primes below LIMIT, which the server gives one after the other, until the stream ends or 100 were printed.
 */
#include <rpc/rpc.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "stream.h"
#include "work.h"

#define EACH_PRIME 3

static u_int number_in(stream_item *item) {
  XDR xdrs;
  u_int number = 0;
  xdrmem_create(&xdrs, item->stream_item_val, item->stream_item_len, XDR_DECODE);
  if (!xdr_u_int(&xdrs, &number)) exit(1);
  return number;
}

int main(int argc, char **argv) {
  struct sockaddr_in at;
  int sock = RPC_ANYSOCK, printed = 0;
  char message[256];
  struct stream_open begin;
  struct stream_next want;
  if (argc != 4) return 2;
  memset(&at, 0, sizeof at);
  at.sin_family = AF_INET;
  at.sin_port = htons(atoi(argv[1]));
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CLIENT *client = clnttcp_create(&at, STREAM_PROG, STREAM_VERS, &sock, 0, 0);
  if (client == NULL) {
    clnt_pcreateerror("stream");
    return 1;
  }
  memset(&begin, 0, sizeof begin);
  if (getentropy(begin.id, sizeof begin.id) != 0) return 1;
  begin.hold = FALSE;
  begin.message.message_val = message;
  begin.message.message_len = write_call(message, sizeof message, EACH_PRIME, strtoul(argv[2], NULL, 10));
  stream_opened *opened = stream_open_1(&begin, client);
  if (opened == NULL || opened->state != STREAM_MORE) {
    printf("not opened: %d\n", opened == NULL ? -1 : (int)opened->state);
    return 1;
  }
  memcpy(want.id, begin.id, sizeof want.id);
  want.credits = atoi(argv[3]);
  for (;;) {
    stream_items *got = stream_next_1(&want, client);
    if (got == NULL) return 1;
    if (got->items.items_len > want.credits) printf("more than was asked for\n");
    for (u_int i = 0; i < got->items.items_len && printed < 100; i++, printed++)
      printf("%u ", number_in(&got->items.items_val[i]));
    stream_state state = got->state;
    xdr_free((xdrproc_t)xdr_stream_items, got);
    if (state != STREAM_MORE) {
      printf("ended: %d\n", (int)state);
      break;
    }
    if (printed == 100) {
      printf("left: %s\n", stream_end_1(&begin.id, client) == NULL ? "failed" : "done");
      break;
    }
  }
  clnt_destroy(client);
  return 0;
}
