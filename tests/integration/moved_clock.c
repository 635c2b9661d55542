// Moves the clocks of a program while it runs: LD_PRELOAD it, with MOVED_CLOCK naming a file of eight bytes, the seconds
// that its clocks are ahead.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { kLookMs = 20 };  // no wait is longer, so that a clock which was moved is noticed

static const volatile int64_t kNotMoved = 0;
static const volatile int64_t* ahead_s = &kNotMoved;

__attribute__((constructor)) static void open_file(void) {
  const char* const name = getenv("MOVED_CLOCK");
  const int fd = name == NULL ? -1 : open(name, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  void* const page = mmap(NULL, sizeof *ahead_s, PROT_READ, MAP_SHARED, fd, 0);
  if (page != MAP_FAILED) ahead_s = page;
  close(fd);
}

int clock_gettime(clockid_t clock, struct timespec* now) {
  const long result = syscall(SYS_clock_gettime, clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC)) now->tv_sec += *ahead_s;
  return (int)result;
}

int epoll_wait(int epoll, struct epoll_event* events, int count, int timeout_ms) {
  const int most = timeout_ms < 0 || timeout_ms > kLookMs ? kLookMs : timeout_ms;
  return (int)syscall(SYS_epoll_pwait, epoll, events, count, most, NULL, 0);
}

int timerfd_settime(int timer, int flags, const struct itimerspec* wanted, struct itimerspec* before) {
  struct itimerspec time = *wanted;
  const int is_long = time.it_value.tv_sec > 0 || time.it_value.tv_nsec > kLookMs * 1000000L;
  if ((flags & TFD_TIMER_ABSTIME) == 0 && is_long) {
    time.it_value.tv_sec = 0;
    time.it_value.tv_nsec = kLookMs * 1000000L;
  }
  return (int)syscall(SYS_timerfd_settime, timer, flags, &time, before);
}
