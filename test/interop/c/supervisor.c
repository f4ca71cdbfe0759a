/* What systemd does for a daemon (sd_listen_fds(3), sd_notify(3)):
 *   supervisor NOTIFY_PATH SOCKET... -- COMMAND...
 * Makes the sockets (tcp:PORT udp:PORT tcp6:PORT udp6:PORT unix:PATH), hands them to the command as descriptors 3 and up,
 * prints "notified TEXT" for what it is told, "ended STATUS" when the command has ended, and passes SIGTERM on. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t child;

static void pass_on(int signal) { kill(child, signal); }

static void check(int result, const char *what) {
  if (result >= 0) return;
  perror(what);
  exit(1);
}

static int unix_socket(const char *path, int type) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, type, 0);
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  check(bind(fd, (struct sockaddr *)&address, sizeof address), path);
  return fd;
}

static int internet_socket(const char *spec) {
  int type = spec[0] == 't' ? SOCK_STREAM : SOCK_DGRAM, is_6 = spec[3] == '6', one = 1;
  int fd = socket(is_6 ? AF_INET6 : AF_INET, type, 0), port = htons(atoi(strchr(spec, ':') + 1));
  struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = port};
  struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = port};
  if (is_6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
  check(bind(fd, is_6 ? (struct sockaddr *)&six : (struct sockaddr *)&four, is_6 ? sizeof six : sizeof four), spec);
  return fd;
}

int main(int argc, char **argv) {
  int notify = unix_socket(argv[1], SOCK_DGRAM), count = 0, i = 2, status;
  char text[256];
  for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
    int fd = strncmp(argv[i], "unix:", 5) == 0 ? unix_socket(argv[i] + 5, SOCK_STREAM) : internet_socket(argv[i]);
    if (argv[i][0] != 'u' || argv[i][1] == 'n') check(listen(fd, 64), "listen");
    /* Out of the way first, then to where the daemon looks for it. */
    check(dup2(fd, 100 + count++), "dup2");
    close(fd);
  }
  child = fork();
  if (child == 0) {
    for (int n = 0; n < count; n++) dup2(100 + n, 3 + n);
    for (int fd = 3 + count; fd < 200; fd++) close(fd);
    snprintf(text, sizeof text, "%d", getpid());
    setenv("LISTEN_PID", text, 1);
    snprintf(text, sizeof text, "%d", count);
    setenv("LISTEN_FDS", text, 1);
    setenv("NOTIFY_SOCKET", argv[1], 1);
    execv(argv[i + 1], argv + i + 1);
    _exit(127);
  }
  for (int n = 0; n < count; n++) close(100 + n);
  signal(SIGTERM, pass_on);
  struct timeval tick = {.tv_usec = 100000};
  setsockopt(notify, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof tick);
  while (waitpid(child, &status, WNOHANG) == 0) {
    ssize_t length = recv(notify, text, sizeof text - 1, 0);
    if (length <= 0) continue;
    for (ssize_t n = 0; n < length; n++) if (text[n] == '\n') text[n] = ' ';
    printf("notified %.*s\n", (int)length, text);
    fflush(stdout);
  }
  printf("ended %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
  return 0;
}
