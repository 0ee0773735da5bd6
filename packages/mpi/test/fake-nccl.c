// NCCL and CUDA's runtime as far as they are called, on memory of the process: what two ranks of it queue is added once both have
// queued it, and only when somebody waits for it.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  unsigned char internal[128];
} Id;

typedef struct {
  float *values;
  size_t count;
} Queued;

#define RANKS 2
#define MOST 16

static Queued queued[RANKS][MOST];
static volatile int lengths[RANKS];
static int depth = 0;

int ncclGetUniqueId(Id *id) {
  for (int i = 0; i < 128; i++) id->internal[i] = (unsigned char)(255 - i);
  return 0;
}

int ncclCommInitRank(uint64_t *communicator, int size, Id id, int rank) {
  for (int i = 0; i < 128; i++)
    if (id.internal[i] != 255 - i) return 4;
  if (size != RANKS || rank < 0 || rank >= RANKS) return 4;
  *communicator = 100 + rank;
  return 0;
}

const char *ncclGetErrorString(int code) { return code == 4 ? "invalid argument" : "unhandled"; }

int ncclGroupStart(void) { return depth++ ? 5 : 0; }

int ncclGroupEnd(void) { return --depth ? 5 : 0; }

int ncclAllReduce(float *from, float *to, size_t count, int type, int operation, uint64_t communicator, uint64_t stream) {
  int rank = (int)communicator - 100;
  if (depth != 1 || from != to || type != 7 || operation != 0 || stream != 0 || rank < 0 || rank >= RANKS) return 4;
  if (lengths[rank] >= MOST) return 4;
  queued[rank][lengths[rank]] = (Queued){to, count};
  lengths[rank]++;
  return 0;
}

int cudaStreamSynchronize(uint64_t stream) {
  static volatile int lock = 0;
  if (stream != 0) return 1;
  for (int waited = 0; lengths[0] != lengths[1]; waited++) {
    if (waited > 5000) return 2;
    usleep(1000);
  }
  while (__sync_lock_test_and_set(&lock, 1)) usleep(100);
  for (int i = 0; i < lengths[0]; i++) {
    Queued a = queued[0][i], b = queued[1][i];
    for (size_t j = 0; j < a.count; j++) a.values[j] = b.values[j] = a.values[j] + b.values[j];
  }
  lengths[0] = lengths[1] = 0;
  __sync_lock_release(&lock);
  return 0;
}
