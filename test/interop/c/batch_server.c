/*
 * A C server that never answers NOTE, as batching in libtirpc expects, on a port that it prints.
 * PRIMES answers how many notes have arrived in their order: 0, 1, 2, ...
 */
#include <rpc/rpc.h>
#include <stdio.h>
#include <stdlib.h>

#define WORK_PROG 0x23451121
#define WORK_VERS 1
#define PRIMES 1
#define NOTE 2

static u_int arrived;

static void serve(struct svc_req *request, SVCXPRT *transport) {
  char *text = NULL;
  u_int limit;
  switch (request->rq_proc) {
    case NULLPROC:
      svc_sendreply(transport, (xdrproc_t)xdr_void, NULL);
      return;
    case PRIMES:
      if (!svc_getargs(transport, (xdrproc_t)xdr_u_int, (caddr_t)&limit)) svcerr_decode(transport);
      else svc_sendreply(transport, (xdrproc_t)xdr_u_int, (caddr_t)&arrived);
      return;
    case NOTE:
      /* No reply, not even an error: nobody waits for it. */
      if (!svc_getargs(transport, (xdrproc_t)xdr_wrapstring, (caddr_t)&text)) return;
      if ((u_int)atoi(text) == arrived) arrived++;
      svc_freeargs(transport, (xdrproc_t)xdr_wrapstring, (caddr_t)&text);
      return;
    default:
      svcerr_noproc(transport);
  }
}

int main(void) {
  SVCXPRT *transport = svctcp_create(RPC_ANYSOCK, 0, 0);
  if (transport == NULL || !svc_register(transport, WORK_PROG, WORK_VERS, serve, 0)) return 1;
  printf("ready %d\n", transport->xp_port);
  fflush(stdout);
  svc_run();
  return 1;
}
