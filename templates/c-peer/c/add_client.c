/* add_client HOST A B: prints the sum that the server on HOST answers. */
#include "add.h"
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char *argv[]) {
  if (argc != 4) {
    fprintf(stderr, "usage: %s host a b\n", argv[0]);
    return 2;
  }
  CLIENT *client = clnt_create(argv[1], ADD_PROG, ADD_VERS, "udp");
  if (client == NULL) {
    clnt_pcreateerror(argv[1]);
    return 1;
  }
  numbers args = { atoi(argv[2]), atoi(argv[3]) };
  int *result = add_1(&args, client);
  if (result == NULL) {
    clnt_perror(client, "call failed");
    return 1;
  }
  printf("Result:%d\n", *result);
  clnt_destroy(client);
  return 0;
}
