/* A libnvidia-ml.so.1 for tests: what it answers stands in the environment, read anew at each call.
 *
 * STUB_GPUS   how many devices
 * STUB_RULES  "Call@device=what,..." with device a number or *, what an NVML error number, "hang" or "junk"
 * STUB_PIDS   "pid:MiB,..." that hold memory of device 0
 *
 * Structures as in NVML's reference (docs.nvidia.com/deploy/nvml-api).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct { int index; } device_t;
typedef struct { unsigned gpu, memory; } rates_t;
typedef struct { unsigned long long total, free, used; } memory_t;
typedef struct { unsigned version; unsigned long long total, reserved, free, used; } memory_v2_t;
typedef struct { unsigned pid; unsigned long long used; unsigned gpu_instance, compute_instance; } process_t;
typedef struct {
  char legacy[16];
  unsigned domain, bus, device, id, subsystem;
  char bus_id[32];
} pci_t;

#define GIB (1ULL << 30)
enum { INSUFFICIENT_SIZE = 7, JUNK = -2 };

static device_t devices[64];

static int rule(const char *call, int device) {
  const char *rules = getenv("STUB_RULES");
  char copy[1024], *rest = copy, *word;
  if (!rules) return 0;
  snprintf(copy, sizeof copy, "%s", rules);
  while ((word = strsep(&rest, ","))) {
    char *what = strchr(word, '='), *where = strchr(word, '@');
    if (!what || !where) continue;
    *what++ = *where++ = 0;
    if (strcmp(word, call) || (strcmp(where, "*") && atoi(where) != device)) continue;
    if (!strcmp(what, "hang")) for (;;) pause();
    return strcmp(what, "junk") ? atoi(what) : JUNK;
  }
  return 0;
}

static int count(void) { const char *text = getenv("STUB_GPUS"); return text ? atoi(text) : 0; }

#define BEGIN(name, device) int code = rule(name, device); if (code > 0) return code

int nvmlInitWithFlags(unsigned flags) { BEGIN("Init", 0); (void)flags; return 0; }
int nvmlShutdown(void) { return 0; }
const char *nvmlErrorString(int code) { (void)code; return "an error that only the stub knows"; }
int nvmlDeviceGetCount_v2(unsigned *n) { BEGIN("Count", 0); *n = count(); return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned index, device_t **handle) {
  BEGIN("Handle", (int)index);
  devices[index].index = (int)index;
  *handle = &devices[index];
  return 0;
}
int nvmlDeviceGetName(device_t *d, char *name, unsigned size) {
  BEGIN("Name", d->index);
  snprintf(name, size, code == JUNK ? "\xff\xfe" : "Stub %d", d->index);
  return 0;
}
int nvmlDeviceGetUUID(device_t *d, char *uuid, unsigned size) {
  BEGIN("UUID", d->index);
  snprintf(uuid, size, "GPU-0000-%d", d->index);
  return 0;
}
int nvmlDeviceGetPciInfo_v3(device_t *d, pci_t *pci) {
  BEGIN("Pci", d->index);
  memset(pci, 0, sizeof *pci);
  snprintf(pci->bus_id, sizeof pci->bus_id, "00000000:%02X:00.0", d->index + 1);
  return 0;
}
int nvmlDeviceGetUtilizationRates(device_t *d, rates_t *rates) {
  BEGIN("Utilisation", d->index);
  rates->gpu = code == JUNK ? 4000000000u : (unsigned)(10 * d->index + 5);
  rates->memory = 1;
  return 0;
}
int nvmlDeviceGetMemoryInfo(device_t *d, memory_t *memory) {
  BEGIN("Memory", d->index);
  memory->total = 80 * GIB, memory->used = (d->index + 2) * GIB, memory->free = memory->total - memory->used;
  return 0;
}
int nvmlDeviceGetMemoryInfo_v2(device_t *d, memory_v2_t *memory) {
  BEGIN("Memory2", d->index);
  if (memory->version != 0x02000028) return 25;
  memory->total = code == JUNK ? ~0ULL : 80 * GIB;
  memory->reserved = GIB, memory->used = (d->index + 1) * GIB;
  memory->free = memory->total - memory->used - GIB;
  return 0;
}
int nvmlDeviceGetTemperature(device_t *d, int sensor, unsigned *degrees) {
  BEGIN("Temperature", d->index);
  (void)sensor, *degrees = 40 + d->index;
  return 0;
}
int nvmlDeviceGetPowerUsage(device_t *d, unsigned *milliwatts) {
  BEGIN("Power", d->index);
  *milliwatts = code == JUNK ? 4294967295u : 100500u + d->index;
  return 0;
}
int nvmlDeviceGetEnforcedPowerLimit(device_t *d, unsigned *milliwatts) {
  BEGIN("PowerLimit", d->index);
  *milliwatts = 700000;
  return 0;
}
int nvmlDeviceGetClockInfo(device_t *d, int kind, unsigned *mhz) {
  BEGIN("Clock", d->index);
  *mhz = kind == 1 ? 1980 : 2619;
  return 0;
}

static int processes(device_t *d, unsigned *n, process_t *rows) {
  const char *text = d->index == 0 ? getenv("STUB_PIDS") : NULL;
  char copy[1024], *rest = copy, *word;
  unsigned room = *n, found = 0;
  snprintf(copy, sizeof copy, "%s", text ? text : "");
  while (*copy && (word = strsep(&rest, ","))) {
    if (rows && found < room) {
      memset(&rows[found], 0, sizeof *rows);
      rows[found].pid = (unsigned)atoi(word);
      rows[found].used = strchr(word, ':') ? strtoull(strchr(word, ':') + 1, NULL, 10) << 20 : ~0ULL;
    }
    found++;
  }
  *n = found;
  return found && (!rows || found > room) ? INSUFFICIENT_SIZE : 0;
}
int nvmlDeviceGetComputeRunningProcesses_v3(device_t *d, unsigned *n, process_t *rows) {
  BEGIN("Processes", d->index);
  return processes(d, n, rows);
}
int nvmlDeviceGetGraphicsRunningProcesses_v3(device_t *d, unsigned *n, process_t *rows) {
  BEGIN("Processes", d->index);
  return processes(d, n, rows);
}
