/* A server of copy.x: read() fills a buffer, increment() two cells, reverse() turns a list around.
 *   program PORT: serves on 127.0.0.1, TCP. Compiled with what rpcgen -N makes of the file. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "copy.h"

extern void copy_prog_1(struct svc_req *, SVCXPRT *);

static const char file[] = "the dreaded pointer problem";

read_result *read_1_svc(int fd, data buffer, int nbytes, struct svc_req *request) {
  static read_result result;
  int length = (int)strlen(file);
  result.nbytes = fd != 3 ? -1 : nbytes < length ? nbytes : length;
  result.buffer.data_val = (char *)file;
  result.buffer.data_len = result.nbytes < 0 ? 0 : (u_int)result.nbytes;
  return &result;
}

cells *increment_1_svc(cell first, cell second, struct svc_req *request) {
  static cells result;
  result.first.value = first.value + 1;
  result.second.value = second.value + 1;
  return &result;
}

list *reverse_1_svc(list names, struct svc_req *request) {
  static list front;
  front = NULL;
  while (names != NULL) {
    node *next = names->next;
    names->next = front;
    front = names;
    names = next;
  }
  return &front;
}

int main(int argc, char **argv) {
  struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int reuse = 1, s = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
  if (bind(s, (struct sockaddr *)&place, sizeof place) < 0) { perror("bind"); return 1; }
  listen(s, 16);
  SVCXPRT *transport = svc_vc_create(s, 0, 0);
  if (transport == NULL || !svc_register(transport, COPY_PROG, COPY_VERS, copy_prog_1, 0)) return 1;
  printf("ready\n");
  fflush(stdout);
  svc_run();
  return 0;
}
