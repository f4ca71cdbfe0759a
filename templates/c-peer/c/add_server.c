/* The procedure in C: rpcgen's stub calls it. */
#include "add.h"
#include <stdio.h>

int *add_1_svc(numbers *argp, struct svc_req *request) {
  static int sum; /* must outlive the call: the stub sends what we point to */
  printf("add(%d,%d) is called\n", argp->a, argp->b);
  fflush(stdout);
  sum = argp->a + argp->b;
  return &sum;
}
