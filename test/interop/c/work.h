/* Messages of the program that the C clients of deferred calls and streams call, as bytes inside other calls. */
#include <rpc/rpc.h>
#include <stdlib.h>
#include <string.h>

#define WORK_PROG 0x23451121
#define WORK_VERS 1

/* The CALL message of a procedure of WORK_VERS with one number, with AUTH_NONE. */
static u_int write_call(char *buffer, u_int size, u_int procedure, u_int limit) {
  struct rpc_msg call;
  XDR xdrs;
  memset(&call, 0, sizeof call);
  call.rm_xid = 1;
  call.rm_direction = CALL;
  call.rm_call.cb_rpcvers = RPC_MSG_VERSION;
  call.rm_call.cb_prog = WORK_PROG;
  call.rm_call.cb_vers = WORK_VERS;
  call.rm_call.cb_proc = procedure;
  xdrmem_create(&xdrs, buffer, size, XDR_ENCODE);
  if (!xdr_callmsg(&xdrs, &call) || !xdr_u_int(&xdrs, &limit)) exit(1);
  return xdr_getpos(&xdrs);
}

__attribute__((unused)) static u_int read_reply(char *bytes, u_int size) {
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
