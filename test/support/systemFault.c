/*
 * Preloaded into a process (LD_PRELOAD): the Nth call that changes a file under DBBACKUP_SYSTEM_UNDER, SQLite's own
 * included, kills the process or fails. DBBACKUP_SYSTEM_FAULT is `N:KILL` (before the call), `N:AFTER` it, `N:TORN` (half
 * of a write is made) or `N:<errno>`; DBBACKUP_SYSTEM_LOG names a file that gets a line for each such call. The index of a WAL (-shm) is left out: it is made anew from the log.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_int calls;

enum { go_on, fail, die_after, tear };

static void die(void) { kill(getpid(), SIGKILL); }

static int fault(const char *name, const char *path) {
  const char *under = getenv("DBBACKUP_SYSTEM_UNDER");
  if (!under || strncmp(path, under, strlen(under)) != 0) return go_on;
  size_t length = strlen(path);
  if (length > 4 && strcmp(path + length - 4, "-shm") == 0) return go_on;
  int call = ++calls;
  const char *log = getenv("DBBACKUP_SYSTEM_LOG");
  if (log) {
    char line[PATH_MAX + 64];
    int size = snprintf(line, sizeof line, "%s %s\n", name, path);
    int fd = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    syscall(SYS_write, fd, line, size);
    syscall(SYS_close, fd);
  }
  const char *plan = getenv("DBBACKUP_SYSTEM_FAULT");
  const char *kind = plan ? strchr(plan, ':') : NULL;
  if (!kind || atoi(plan) != call) return go_on;
  if (strcmp(kind + 1, "KILL") == 0) die();
  if (strcmp(kind + 1, "AFTER") == 0) return die_after;
  if (strcmp(kind + 1, "TORN") == 0) return tear;
  errno = atoi(kind + 1);
  return fail;
}

static int fault_at(const char *name, int fd) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return go_on;
  path[length] = 0;
  return fault(name, path);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* What follows a call: nothing, or death. */
#define ANSWER(planned, result)                                     \
  do {                                                              \
    __typeof__(result) answer = (result);                           \
    if (planned != go_on) die();                                    \
    return answer;                                                  \
  } while (0)

#define ON_FD(result, name, parameters, arguments)                  \
  result name parameters {                                          \
    int planned = fault_at(#name, fd);                              \
    if (planned == fail) return -1;                                 \
    ANSWER(planned, REAL(name) arguments);                          \
  }
#define ON_WRITE(name, parameters, arguments)                       \
  ssize_t name parameters {                                         \
    int planned = fault_at(#name, fd);                              \
    if (planned == fail) return -1;                                 \
    if (planned == tear) count /= 2;                                \
    ANSWER(planned, REAL(name) arguments);                          \
  }
#define ON_PATH(name, parameters, arguments)                        \
  int name parameters {                                             \
    int planned = fault(#name, path);                               \
    if (planned == fail) return -1;                                 \
    ANSWER(planned, REAL(name) arguments);                          \
  }

ON_WRITE(write, (int fd, const void *bytes, size_t count), (fd, bytes, count))
ON_WRITE(pwrite, (int fd, const void *bytes, size_t count, off_t at), (fd, bytes, count, at))
ON_WRITE(pwrite64, (int fd, const void *bytes, size_t count, off64_t at), (fd, bytes, count, at))
ON_FD(ssize_t, writev, (int fd, const struct iovec *parts, int count), (fd, parts, count))
ON_FD(int, fsync, (int fd), (fd))
ON_FD(int, fdatasync, (int fd), (fd))
ON_FD(int, ftruncate, (int fd, off_t length), (fd, length))
ON_FD(int, ftruncate64, (int fd, off64_t length), (fd, length))
ON_PATH(unlink, (const char *path), (path))
ON_PATH(mkdir, (const char *path, mode_t mode), (path, mode))
ON_PATH(rename, (const char *path, const char *to), (path, to))

/* Opening counts where it is to write. */
#define OPENING(name)                                               \
  int name(const char *path, int flags, ...) {                      \
    va_list more;                                                   \
    va_start(more, flags);                                          \
    mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;       \
    va_end(more);                                                   \
    int planned = (flags & O_ACCMODE) == O_RDONLY ? go_on : fault(#name, path); \
    if (planned == fail) return -1;                                 \
    ANSWER(planned, REAL(name)(path, flags, mode));                 \
  }
OPENING(open)
OPENING(open64)
