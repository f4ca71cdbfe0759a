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

#define WORK_PROG 0x23451121
#define WORK_VERS 1
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

/* The CALL message of PRIMES(limit), with AUTH_NONE. */
static u_int write_call(char *buffer, u_int size, u_int limit) {
  struct rpc_msg call;
  XDR xdrs;
  memset(&call, 0, sizeof call);
  call.rm_xid = 1;
  call.rm_direction = CALL;
  call.rm_call.cb_rpcvers = RPC_MSG_VERSION;
  call.rm_call.cb_prog = WORK_PROG;
  call.rm_call.cb_vers = WORK_VERS;
  call.rm_call.cb_proc = PRIMES;
  xdrmem_create(&xdrs, buffer, size, XDR_ENCODE);
  if (!xdr_callmsg(&xdrs, &call) || !xdr_u_int(&xdrs, &limit)) exit(1);
  return xdr_getpos(&xdrs);
}

static u_int read_reply(char *bytes, u_int size) {
  struct rpc_msg reply;
  XDR xdrs;
  u_int found = 0;
  memset(&reply, 0, sizeof reply);
  reply.acpted_rply.ar_verf = _null_auth;
  reply.acpted_rply.ar_results.where = (caddr_t)&found;
  reply.acpted_rply.ar_results.proc = (xdrproc_t)xdr_u_int;
  xdrmem_create(&xdrs, bytes, size, XDR_DECODE);
  if (!xdr_replymsg(&xdrs, &reply) || reply.acpted_rply.ar_stat != SUCCESS) exit(1);
  return found;
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
  given.message.message_len = write_call(message, sizeof message, 1000);
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
