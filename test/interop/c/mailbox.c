/* A mailbox in C, for messages that are an int.
 *   mailbox PORT              owns a mailbox at TCP port PORT; answers each message N with N + 1 to its sender's mailbox
 *   mailbox send PORT N...    sends each number to the mailbox at TCP port PORT of this machine, and waits until it is there */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mailbox.h"

void mail_prog_1(struct svc_req *, SVCXPRT *);

static char own_address[64] = "";

static CLIENT *connect_to(const char *host, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_aton(host, &address.sin_addr);
  int fd = RPC_ANYSOCK;
  CLIENT *client = clnttcp_create(&address, MAIL_PROG, MAIL_VERS, &fd, 0, 0);
  if (client == NULL) {
    printf("%s\n", clnt_spcreateerror("mailbox"));
    exit(1);
  }
  return client;
}

static mail_stat send_number(CLIENT *client, int number) {
  unsigned int word = htonl(number);
  mail_envelope envelope = {own_address, {sizeof word, (char *)&word}};
  mail_stat *stat = mail_send_1(&envelope, client);
  if (stat == NULL) {
    printf("%s\n", clnt_sperror(client, "mailbox"));
    exit(1);
  }
  return *stat;
}

static mail_stat *arrived(mail_envelope *envelope) {
  static mail_stat stat;
  stat = MAIL_NOT_READABLE;
  if (envelope->message.message_len != 4) return &stat;
  unsigned int word;
  memcpy(&word, envelope->message.message_val, 4);
  int number = ntohl(word), port;
  char host[64];
  printf("got %d from %s\n", number, envelope->from);
  fflush(stdout);
  stat = MAIL_OK;
  if (sscanf(envelope->from, "tcp://%63[0-9.]:%d", host, &port) != 2) return &stat;
  CLIENT *client = connect_to(host, port);
  send_number(client, number + 1);
  clnt_destroy(client);
  return &stat;
}

void *mail_post_1_svc(mail_envelope *envelope, struct svc_req *request) {
  (void)request;
  arrived(envelope);
  return NULL; /* no reply */
}
mail_stat *mail_send_1_svc(mail_envelope *envelope, struct svc_req *request) {
  (void)request;
  return arrived(envelope);
}
mail_stat *mail_offer_1_svc(mail_envelope *envelope, struct svc_req *request) {
  (void)request;
  return arrived(envelope);
}
mail_stat *mail_deliver_1_svc(mail_envelope *envelope, struct svc_req *request) {
  (void)request;
  return arrived(envelope);
}
void *mail_watch_1_svc(void *nothing, struct svc_req *request) {
  (void)nothing, (void)request;
  return NULL; /* no reply: the mailbox is open */
}

static void own(int port) {
  snprintf(own_address, sizeof own_address, "tcp://127.0.0.1:%d", port);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_aton("127.0.0.1", &address.sin_addr);
  int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 16) != 0) {
    perror("mailbox");
    exit(1);
  }
  SVCXPRT *transport = svctcp_create(fd, 0, 0);
  if (transport == NULL || !svc_register(transport, MAIL_PROG, MAIL_VERS, mail_prog_1, 0)) exit(1);
  printf("ready\n");
  fflush(stdout);
  svc_run();
}

int main(int argc, char **argv) {
  if (argc == 2) own(atoi(argv[1]));
  if (argc < 3) return 2;
  CLIENT *client = connect_to("127.0.0.1", atoi(argv[2]));
  for (int i = 3; i < argc; i++) printf("%d\n", send_number(client, atoi(argv[i])));
  clnt_destroy(client);
  return 0;
}
