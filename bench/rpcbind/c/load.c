/* GETADDR (version 4) over one UDP or TCP connection with a number of calls in flight, to whichever binder has port 111.
 *   load tcp|udp IN_FLIGHT MILLISECONDS
 * Prints calls a second. The messages are made once and only their xid changes, so that the load costs little. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static uint32_t message[19];
static const int words = sizeof message / 4;

/* Record mark, call header, AUTH_NONE twice, struct rpcb with an empty address and owner. */
static void prepare(void) {
  uint32_t call[] = {0x80000000u | (sizeof message - 4), 0, 0, 2, 100000, 4, 3, 0, 0, 0, 0, 300123, 1, 3, 0, 0, 0};
  int n = sizeof call / 4;
  for (int i = 0; i < n; i++) message[i] = htonl(call[i]);
  memcpy(&message[14], "tcp", 4);
  message[15] = message[16] = 0;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int is_tcp = strcmp(argv[1], "tcp") == 0, in_flight = atoi(argv[2]);
  long long end, start;
  int length = 17 * 4;
  prepare();
  message[0] = htonl(0x80000000u | (length - 4));
  int s = socket(AF_INET, is_tcp ? SOCK_STREAM : SOCK_DGRAM, 0), one = 1;
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(111), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(s, (struct sockaddr *)&to, sizeof to) < 0) fail("connect");
  if (is_tcp) setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  struct timeval patience = {2, 0};
  setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  static char batch[1 << 20], in[1 << 16];
  uint32_t xid = 1;
  long long calls = 0;
  int have = 0;
  start = now();
  end = start + atoll(argv[3]) * 1000000;
  int credit = in_flight;
  while (now() < end) {
    int size = 0;
    for (; credit > 0; credit--) {
      message[1] = htonl(xid++);
      if (is_tcp) {
        memcpy(batch + size, message, length);
        size += length;
      } else if (send(s, message + 1, length - 4, 0) < 0) fail("send");
    }
    if (size > 0 && write(s, batch, size) != size) fail("write");
    int got = recv(s, in + have, sizeof in - have, 0);
    if (got <= 0) fail("recv");
    if (!is_tcp) {
      if (got < 32) fail("short reply");
      calls++, credit++;
      continue;
    }
    have += got;
    int at = 0;
    while (have - at >= 4) {
      uint32_t mark;
      memcpy(&mark, in + at, 4);
      int record = (int)(ntohl(mark) & 0x7fffffff);
      if (have - at < 4 + record) break;
      if (record < 32) fail("short reply");
      at += 4 + record;
      calls++, credit++;
    }
    memmove(in, in + at, have - at);
    have -= at;
  }
  printf("%.0f\n", calls * 1e9 / (now() - start));
  (void)words;
  return 0;
}
