/*
 * A C program that a server calls back with the result of a deferred call: tickets PORT
 * It serves TICKETS_PROG on a port of its own, submits a call with that port (NOTICE_PROGRAM), and waits for the second call.
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

static char ticket[TICKET_ID_SIZE];

/* What the server calls. */
static void serve(struct svc_req *request, SVCXPRT *transport) {
  ticket_news news;
  bool_t wanted = TRUE;
  if (request->rq_proc == NULLPROC) {
    svc_sendreply(transport, (xdrproc_t)xdr_void, NULL);
    return;
  }
  memset(&news, 0, sizeof news);
  if (!svc_getargs(transport, (xdrproc_t)xdr_ticket_news, (caddr_t)&news)) {
    svcerr_decode(transport);
    return;
  }
  if (request->rq_proc == TICKETS_PROGRESS) {
    svc_sendreply(transport, (xdrproc_t)xdr_void, NULL);
    return;
  }
  printf("called back: %s, state %d, result %u\n", memcmp(news.id, ticket, sizeof ticket) == 0 ? "our ticket" : "another",
         (int)news.outcome.state,
         read_reply(news.outcome.ticket_outcome_u.reply.reply_val, news.outcome.ticket_outcome_u.reply.reply_len));
  svc_sendreply(transport, (xdrproc_t)xdr_bool, (caddr_t)&wanted);
  fflush(stdout);
  exit(0);
}

int main(int argc, char **argv) {
  struct sockaddr_in at;
  int sock = RPC_ANYSOCK;
  char message[256];
  submission given;
  SVCXPRT *transport = svctcp_create(RPC_ANYSOCK, 0, 0);
  if (transport == NULL || !svc_register(transport, TICKETS_PROG, TICKETS_VERS, serve, 0)) return 1;
  memset(&at, 0, sizeof at);
  at.sin_family = AF_INET;
  at.sin_port = htons(atoi(argv[argc - 1]));
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CLIENT *client = clnttcp_create(&at, DEFERRED_PROG, DEFERRED_VERS, &sock, 0, 0);
  if (client == NULL) return 1;
  deferred_server *server = deferred_open_1(NULL, client);
  if (server == NULL) return 1;
  memset(&given, 0, sizeof given);
  memcpy(given.instance, server->instance, sizeof given.instance);
  if (getentropy(ticket, sizeof ticket) != 0) return 1;
  memcpy(given.id, ticket, sizeof given.id);
  given.tell.kind = NOTICE_PROGRAM;
  given.tell.notice_u.at.port = transport->xp_port;
  given.tell.notice_u.at.prog = TICKETS_PROG;
  given.tell.notice_u.at.vers = TICKETS_VERS;
  given.message.message_val = message;
  given.message.message_len = write_call(message, sizeof message, PRIMES, 1000);
  ticket_state *state = deferred_submit_1(&given, client);
  printf("accepted: %d\n", state == NULL ? -1 : (int)*state);
  /* The client is gone: the result comes over a connection that the server opens. */
  clnt_destroy(client);
  svc_run();
  return 1;
}
