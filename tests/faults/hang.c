/* A disk that does not answer: while the file HANG_FLAG exists, open(2), openat(2) and stat(2) of a path that ends with
   HANG_NAME wait, as for a file server that is away; signals do not end the wait. Where the process's first thread
   waits, a folder HANG_FLAG.met tells so. Preloaded. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void wait_for(const char *path)
{
    const char *name = getenv("HANG_NAME"), *flag = getenv("HANG_FLAG");
    char met[4096];
    size_t length, end;
    if (!path || !name || !flag)
        return;
    length = strlen(path);
    end = strlen(name);
    if (length < end || strcmp(path + length - end, name) != 0)
        return;
    while (access(flag, F_OK) == 0) {
        if (syscall(SYS_gettid) == getpid() && snprintf(met, sizeof met, "%s.met", flag) < (int)sizeof met)
            mkdir(met, 0700);
        struct timespec pause = {0, 20000000};
        nanosleep(&pause, NULL);
    }
}

#define REAL(name) ((__typeof__(name) *)dlsym(RTLD_NEXT, #name))
#define OPEN(name)                                            \
    int name(const char *path, int flags, ...)                \
    {                                                         \
        va_list more;                                         \
        va_start(more, flags);                                \
        mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0; \
        va_end(more);                                         \
        wait_for(path);                                       \
        return REAL(name)(path, flags, mode);                 \
    }
#define STAT(name)                                            \
    int name(const char *path, struct stat *status)           \
    {                                                         \
        wait_for(path);                                       \
        return REAL(name)(path, status);                      \
    }

OPEN(open)
OPEN(open64)
STAT(stat)
STAT(lstat)

int stat64(const char *path, struct stat64 *status)
{
    wait_for(path);
    return REAL(stat64)(path, status);
}

int lstat64(const char *path, struct stat64 *status)
{
    wait_for(path);
    return REAL(lstat64)(path, status);
}
