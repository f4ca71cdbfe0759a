/* A server of graph.x: reverse() turns a ring around by changing numbers, replace() takes a node out of it and adds one,
 * count() follows the numbers from the root.
 *   program PORT: serves on 127.0.0.1, TCP. Compiled with what rpcgen -N makes of the file. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "graph.h"

extern void graph_prog_1(struct svc_req *, SVCXPRT *);

static node_ref previous(graph ring, node_ref number) {
  for (u_int i = 0; i < ring.nodes.nodes_len; i++)
    if (ring.nodes.nodes_val[i].next == number) return i + 1;
  return 0;
}

graph *reverse_1_svc(graph ring, struct svc_req *request) {
  static graph result;
  u_int count = ring.nodes.nodes_len;
  node_ref *turned = calloc(count + 1, sizeof *turned);
  for (u_int i = 0; i < count; i++) turned[i] = previous(ring, i + 1);
  for (u_int i = 0; i < count; i++) ring.nodes.nodes_val[i].next = turned[i];
  free(turned);
  result = ring;
  return &result;
}

graph *replace_1_svc(graph ring, char *old, char *name, struct svc_req *request) {
  static graph result;
  static node *nodes;
  u_int count = ring.nodes.nodes_len;
  nodes = realloc(nodes, (count + 1) * sizeof *nodes);
  memcpy(nodes, ring.nodes.nodes_val, count * sizeof *nodes);
  nodes[count].name = name;
  nodes[count].next = 0;
  for (u_int i = 0; i < count; i++) {
    if (strcmp(nodes[i].name, old) != 0) continue;
    nodes[count].next = nodes[i].next;
    for (u_int k = 0; k < count; k++) if (nodes[k].next == i + 1) nodes[k].next = count + 1;
    if (ring.root == i + 1) ring.root = count + 1;
  }
  result.nodes.nodes_len = count + 1;
  result.nodes.nodes_val = nodes;
  result.root = ring.root;
  return &result;
}

int *count_1_svc(graph any, struct svc_req *request) {
  static int result;
  char *seen = calloc(any.nodes.nodes_len + 1, 1);
  result = 0;
  for (node_ref at = any.root; at != 0 && !seen[at]; at = any.nodes.nodes_val[at - 1].next) {
    seen[at] = 1;
    result++;
  }
  free(seen);
  return &result;
}

int main(int argc, char **argv) {
  struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int reuse = 1, s = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
  if (bind(s, (struct sockaddr *)&place, sizeof place) < 0) { perror("bind"); return 1; }
  listen(s, 16);
  SVCXPRT *transport = svc_vc_create(s, 0, 0);
  if (transport == NULL || !svc_register(transport, GRAPH_PROG, GRAPH_VERS, graph_prog_1, 0)) return 1;
  printf("ready\n");
  fflush(stdout);
  svc_run();
  return 0;
}
