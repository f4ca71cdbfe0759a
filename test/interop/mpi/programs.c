/* Small programs of MPI, for four processes: mpirun -n 4 programs. The same as programs.ts, which prints the same.
 * Only rank 0 prints. */
#include <mpi.h>
#include <stdio.h>
#include <string.h>

#define ANY MPI_ANY_SOURCE
#define ANY_TAG MPI_ANY_TAG
static int rank, size;
static MPI_Status status;
static const MPI_Comm world = MPI_COMM_WORLD;

static void send(int value, int to, int tag) { MPI_Send(&value, 1, MPI_INT, to, tag, world); }
static int receive(int from, int tag) {
  int value;
  MPI_Recv(&value, 1, MPI_INT, from, tag, world, &status);
  return value;
}
static void print(const int *values, int count) {
  for (int i = 0; i < count; i++) printf(" %d", values[i]);
  printf("\n");
}

static void hello(void) {
  if (rank > 0) send(rank, 0, 0);
  else for (int from = 1; from < size; from++) printf("rank %d of %d\n", receive(from, 0), size);
}
static void ring(void) {
  if (rank == 0) { send(1, 1, 0); printf("%d\n", receive(size - 1, 0)); }
  else { int token = receive(rank - 1, 0); send(token * 10 + rank, (rank + 1) % size, 0); }
}
static void ping_pong(void) {
  int value = 0;
  for (int i = 0; i < 10 && rank < 2; i++) {
    if (rank == 0) { send(value + 1, 1, 0); value = receive(1, 0); }
    else send(receive(0, 0) * 2, 0, 0);
  }
  if (rank == 0) printf("%d\n", value);
}
static void any_source(void) {
  int sum = 0, sources = 0;
  if (rank > 0) { send(rank * rank, 0, 0); return; }
  for (int i = 1; i < size; i++) { sum += receive(ANY, 0); sources += status.MPI_SOURCE; }
  printf("%d from %d\n", sum, sources);
}
static void any_tag(void) {
  int tags[] = {5, 3, 9};
  for (int i = 0; i < 3; i++) {
    if (rank == 1) send(i, 0, tags[i]);
    if (rank == 0) { int value = receive(1, ANY_TAG); printf("%d by tag %d\n", value, status.MPI_TAG); }
  }
}
static void choose_tag(void) {
  int order[] = {3, 1, 2};
  for (int i = 0; i < 3; i++) {
    if (rank == 1) send(100 + i, 0, i + 1);
    if (rank == 0) printf("%d\n", receive(1, order[i]));
  }
}
static void keeps_order(void) {
  int misplaced = 0;
  for (int i = 0; i < 1000; i++) {
    if (rank == 3) send(i, 0, 0);
    if (rank == 0 && receive(3, 0) != i) misplaced++;
  }
  if (rank == 0) printf("%d misplaced\n", misplaced);
}
/* A synchronous send ends when the message is received: rank 1 receives it only after rank 0 has looked, and said so by rank 2. */
static void synchronous(void) {
  int out = 5, before, after;
  MPI_Request request;
  if (rank == 1) { receive(2, 8); receive(0, 7); }
  if (rank == 2) send(receive(0, 8), 1, 8);
  if (rank != 0) return;
  MPI_Issend(&out, 1, MPI_INT, 1, 7, world, &request);
  MPI_Test(&request, &before, &status);
  send(0, 2, 8);
  MPI_Wait(&request, &status);
  after = 1;
  printf("%d before, %d after the receive\n", before, after);
}
static void probe(void) {
  int values[] = {4, 5, 6}, count;
  if (rank == 2) MPI_Send(values, 3, MPI_INT, 0, 11, world);
  if (rank != 0) return;
  MPI_Probe(ANY, ANY_TAG, world, &status);
  MPI_Get_count(&status, MPI_INT, &count);
  printf("%d values from %d by tag %d\n", count, status.MPI_SOURCE, status.MPI_TAG);
  MPI_Recv(values, count, MPI_INT, status.MPI_SOURCE, status.MPI_TAG, world, &status);
  print(values, count);
}
static void test_for_message(void) {
  int before, after = 0;
  if (rank == 0) {
    MPI_Iprobe(1, 12, world, &before, &status);
    send(1, 1, 12);
    while (!after) MPI_Iprobe(1, 12, world, &after, &status);
    printf("%d, then %d: %d\n", before, after, receive(1, 12));
  } else if (rank == 1) send(receive(0, 12) + 1, 0, 12);
}
static void broadcast(void) {
  int values[3] = {0, 0, 0}, all[16];
  if (rank == 2) for (int i = 0; i < 3; i++) values[i] = 7 * i;
  MPI_Bcast(values, 3, MPI_INT, 2, world);
  int sum = values[0] + values[1] + values[2] + rank;
  MPI_Gather(&sum, 1, MPI_INT, all, 1, MPI_INT, 0, world);
  if (rank == 0) print(all, size);
}
static void scatter(void) {
  int all[16], own;
  for (int i = 0; i < size; i++) all[i] = i * i;
  MPI_Scatter(all, 1, MPI_INT, &own, 1, MPI_INT, 0, world);
  own *= 2;
  MPI_Gather(&own, 1, MPI_INT, all, 1, MPI_INT, 0, world);
  if (rank == 0) print(all, size);
}
static void gather_lengths(void) {
  int own[16], all[64], counts[16], places[16], total = 0;
  for (int i = 0; i <= rank; i++) own[i] = 10 * rank + i;
  for (int i = 0; i < size; i++) { counts[i] = i + 1; places[i] = total; total += i + 1; }
  MPI_Gatherv(own, rank + 1, MPI_INT, all, counts, places, MPI_INT, 0, world);
  if (rank == 0) print(all, total);
}
static void reduce(void) {
  int own = rank + 1, sum, product;
  MPI_Reduce(&own, &sum, 1, MPI_INT, MPI_SUM, 0, world);
  MPI_Reduce(&own, &product, 1, MPI_INT, MPI_PROD, 0, world);
  if (rank == 0) printf("%d %d\n", sum, product);
}
static void all_reduce(void) {
  int own = (rank * 7) % 5, most, all[16];
  MPI_Allreduce(&own, &most, 1, MPI_INT, MPI_MAX, world);
  MPI_Gather(&most, 1, MPI_INT, all, 1, MPI_INT, 0, world);
  if (rank == 0) print(all, size);
}
static void scan(void) {
  int own = rank + 1, sum, all[16];
  MPI_Scan(&own, &sum, 1, MPI_INT, MPI_SUM, world);
  MPI_Gather(&sum, 1, MPI_INT, all, 1, MPI_INT, 0, world);
  if (rank == 0) print(all, size);
}
static void all_to_all(void) {
  int own[16], got[16], all[256];
  for (int i = 0; i < size; i++) own[i] = 10 * rank + i;
  MPI_Alltoall(own, 1, MPI_INT, got, 1, MPI_INT, world);
  MPI_Gather(got, size, MPI_INT, all, size, MPI_INT, 0, world);
  if (rank == 0) print(all, size * size);
}
/* Nobody leaves a barrier before everybody has come: all messages of before are there. */
static void barrier(void) {
  int found = 0, flag;
  if (rank > 0) MPI_Ssend(&rank, 1, MPI_INT, 0, 20, world);
  if (rank == 0) for (int i = 1; i < size; i++) found += receive(ANY, 20);
  MPI_Barrier(world);
  if (rank == 0) { MPI_Iprobe(ANY, 20, world, &flag, &status); printf("%d, %d left\n", found, flag); }
}
static void shift(void) {
  int got, all[16];
  MPI_Sendrecv(&rank, 1, MPI_INT, (rank + 1) % size, 0, &got, 1, MPI_INT, (rank + size - 1) % size, 0, world, &status);
  MPI_Gather(&got, 1, MPI_INT, all, 1, MPI_INT, 0, world);
  if (rank == 0) print(all, size);
}
/* Tag 1: a task; tag 2: its result; tag 3: there are no more. */
static void master_and_workers(void) {
  int next = 0, done = 0, total = 0;
  if (rank > 0) {
    for (;;) {
      int task = receive(0, ANY_TAG);
      if (status.MPI_TAG == 3) return;
      send(task * task, 0, 2);
    }
  }
  for (int to = 1; to < size; to++) send(next++, to, 1);
  for (; done < 20; done++) {
    total += receive(ANY, 2);
    if (next < 20) send(next++, status.MPI_SOURCE, 1);
    else send(0, status.MPI_SOURCE, 3);
  }
  printf("%d\n", total);
}
static void circle(void) {
  int own = 0, all;
  for (int x = rank; x < 500; x += size) for (int y = 0; y < 500; y++) own += x * x + y * y < 250000;
  MPI_Reduce(&own, &all, 1, MPI_INT, MPI_SUM, 0, world);
  if (rank == 0) printf("%d of 250000\n", all);
}
static void empty_message(void) {
  int count;
  if (rank == 1) MPI_Send(NULL, 0, MPI_INT, 0, 4, world);
  if (rank != 0) return;
  MPI_Recv(NULL, 0, MPI_INT, 1, 4, world, &status);
  MPI_Get_count(&status, MPI_INT, &count);
  printf("%d\n", count);
}

static const struct { const char *name; void (*run)(void); } programs[] = {
    {"hello", hello}, {"ring", ring}, {"ping-pong", ping_pong}, {"any source", any_source}, {"any tag", any_tag},
    {"choose tag", choose_tag}, {"order", keeps_order}, {"synchronous send", synchronous}, {"probe", probe},
    {"test for a message", test_for_message}, {"broadcast", broadcast}, {"scatter", scatter},
    {"gather of lengths", gather_lengths}, {"reduce", reduce}, {"all-reduce", all_reduce}, {"scan", scan},
    {"all to all", all_to_all}, {"barrier", barrier}, {"shift", shift}, {"master and workers", master_and_workers},
    {"circle", circle}, {"empty message", empty_message}};

int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(world, &rank);
  MPI_Comm_size(world, &size);
  for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
    if (rank == 0) printf("== %s\n", programs[i].name);
    programs[i].run();
    MPI_Barrier(world);
  }
  MPI_Finalize();
  return 0;
}
