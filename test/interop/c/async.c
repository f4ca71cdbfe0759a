/*
 * A C client of our server, with libtirpc and what rpcgen makes of deferred.x: async PORT
 * 1. Batching: 1,000 calls of a procedure without a reply, and one that flushes them.
 * 2. A deferred call: submitted, fetched and released.
 */
#include <rpc/rpc.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "deferred.h"
#include "work.h"

#define PRIMES 1
#define NOTE 2

static const struct timeval none = {0, 0}, patience = {60, 0};

static CLIENT *client_of(struct sockaddr_in *at, unsigned long program) {
  int sock = RPC_ANYSOCK;
  CLIENT *client = clnttcp_create(at, program, 1, &sock, 0, 0);
  if (client == NULL) {
    clnt_pcreateerror("async");
    exit(1);
  }
  return client;
}

static void batch(struct sockaddr_in *at) {
  CLIENT *client = client_of(at, WORK_PROG);
  for (int i = 0; i < 1000; i++) {
    char text[16], *line = text;
    snprintf(text, sizeof text, "%d", i);
    clnt_call(client, NOTE, (xdrproc_t)xdr_wrapstring, (char *)&line, NULL, NULL, none);
  }
  enum clnt_stat stat = clnt_call(client, NULLPROC, (xdrproc_t)xdr_void, NULL, (xdrproc_t)xdr_void, NULL, patience);
  printf("batch: %s\n", stat == RPC_SUCCESS ? "flushed" : clnt_sperrno(stat));
  clnt_destroy(client);
}

static void deferred(struct sockaddr_in *at) {
  CLIENT *client = client_of(at, DEFERRED_PROG);
  char message[256];
  submission given;
  deferred_server *server = deferred_open_1(NULL, client);
  if (server == NULL) exit(1);
  memset(&given, 0, sizeof given);
  memcpy(given.instance, server->instance, sizeof given.instance);
  if (getentropy(given.id, sizeof given.id) != 0) exit(1);
  given.tell.kind = NOTICE_NONE;
  given.message.message_val = message;
  given.message.message_len = write_call(message, sizeof message, PRIMES, 1000);
  /* The same submission again is the same ticket. */
  for (int copy = 0; copy < 2; copy++) {
    ticket_state *state = deferred_submit_1(&given, client);
    printf("submit: %d\n", state == NULL ? -1 : (int)*state);
  }
  for (;;) {
    fetch_request request;
    memset(&request, 0, sizeof request);
    memcpy(request.id, given.id, sizeof request.id);
    request.wait = 1000;
    ticket_outcome *outcome = deferred_fetch_1(&request, client);
    if (outcome == NULL) exit(1);
    if (outcome->state == TICKET_ACCEPTED) continue;
    printf("outcome: %d, result %u\n", (int)outcome->state,
           read_reply(outcome->ticket_outcome_u.reply.reply_val, outcome->ticket_outcome_u.reply.reply_len));
    break;
  }
  ticket_ids ids;
  ids.ticket_ids_len = 1;
  ids.ticket_ids_val = &given.id;
  printf("release: %s\n", deferred_release_1(&ids, client) == NULL ? "failed" : "done");
  clnt_destroy(client);
}

int main(int argc, char **argv) {
  struct sockaddr_in at;
  memset(&at, 0, sizeof at);
  at.sin_family = AF_INET;
  at.sin_port = htons(atoi(argv[argc - 1]));
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  batch(&at);
  deferred(&at);
  return 0;
}
