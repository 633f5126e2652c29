/* Preloaded into the service: counts every fsync and fdatasync in a shared file, and makes each take longer.
 *   cc -shared -fPIC -O2 -o slow_disk.so slow_disk.c -ldl
 *   SLOW_DISK_MICROSECONDS=2000 SLOW_DISK_COUNT=/path LD_PRELOAD=./slow_disk.so …
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static uint64_t *count;
static useconds_t added;
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);

__attribute__((constructor)) static void prepare(void) {
    const char *path = getenv("SLOW_DISK_COUNT"), *delay = getenv("SLOW_DISK_MICROSECONDS");
    real_fsync = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    added = delay ? (useconds_t)atoi(delay) : 0;
    int file = path ? open(path, O_RDWR | O_CREAT, 0666) : -1;
    if (file >= 0 && ftruncate(file, sizeof *count) == 0) {
        void *shared = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        count = shared == MAP_FAILED ? NULL : shared;
        close(file);
    }
}

static void note(void) {
    if (count) __atomic_add_fetch(count, 1, __ATOMIC_RELAXED);
    if (added) usleep(added);
}

int fsync(int file) {
    note();
    return real_fsync(file);
}

int fdatasync(int file) {
    note();
    return real_fdatasync(file);
}
