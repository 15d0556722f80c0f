/* Time, CPU time of both ends, latencies. */
#include "client.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LATENCIES = 8 << 20 };

static uint32_t *latencies;
static size_t latency_count;

uint64_t now_nanoseconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

double now_seconds(void)
{
    return (double)now_nanoseconds() / 1e9;
}

static double own_cpu(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* The CPU time of all threads of a process, to the nanosecond. */
static double cpu_of(int process)
{
    char path[64];
    double sum = 0;
    snprintf(path, sizeof path, "/proc/%d/task", process);
    DIR *tasks = opendir(path);
    if (!tasks) {
        return 0;
    }
    for (struct dirent *entry; (entry = readdir(tasks)) != NULL;) {
        char file[384];
        unsigned long long spent;
        if (entry->d_name[0] == '.') {
            continue;
        }
        snprintf(file, sizeof file, "%s/%s/schedstat", path, entry->d_name);
        FILE *text = fopen(file, "r");
        if (!text) {
            continue;
        }
        if (fscanf(text, "%llu", &spent) == 1) {
            sum += (double)spent / 1e9;
        }
        fclose(text);
    }
    closedir(tasks);
    return sum;
}

/* The time a core was not idle, whoever used it, and what the hypervisor gave to others. */
static double busy_of(int core)
{
    char line[256], name[16];
    double busy = 0;
    snprintf(name, sizeof name, "cpu%d ", core);
    FILE *text = fopen("/proc/stat", "r");
    if (!text) {
        return 0;
    }
    while (fgets(line, sizeof line, text)) {
        unsigned long long user, nice, system, idle, waiting, irq, softirq, stolen;
        if (strncmp(line, name, strlen(name)) == 0 &&
            sscanf(line + strlen(name), "%llu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system, &idle, &waiting,
                   &irq, &softirq, &stolen) == 8) {
            busy = (double)(user + nice + system + irq + softirq + stolen) / (double)sysconf(_SC_CLK_TCK);
        }
    }
    fclose(text);
    return busy;
}

void window_open(void)
{
    memset(&window, 0, sizeof window);
    latency_clear();
    window.core_busy = task.core >= 0 ? busy_of(task.core) : 0;
    window.server_cpu = task.server > 0 ? cpu_of(task.server) : 0;
    window.client_cpu = own_cpu();
    window.opened = now_seconds();
}

void window_close(void)
{
    window.seconds = now_seconds() - window.opened;
    window.client_cpu = own_cpu() - window.client_cpu;
    window.server_cpu = task.server > 0 ? cpu_of(task.server) - window.server_cpu : 0;
    window.core_busy = task.core >= 0 ? busy_of(task.core) - window.core_busy : 0;
}

void latency_clear(void)
{
    if (!latencies) {
        latencies = malloc(LATENCIES * sizeof *latencies);
        if (!latencies) {
            fail("no memory for %d times", LATENCIES);
        }
    }
    latency_count = 0;
}

void latency_add(uint64_t nanoseconds)
{
    if (latency_count < LATENCIES) {
        latencies[latency_count++] = nanoseconds > UINT32_MAX ? UINT32_MAX : (uint32_t)nanoseconds;
    }
}

static int compare(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return a < b ? -1 : a > b;
}

static double percentile(double share)
{
    if (latency_count == 0) {
        return 0;
    }
    return latencies[(size_t)((double)(latency_count - 1) * share)] / 1000.0;
}

void print_report(void)
{
    qsort(latencies, latency_count, sizeof *latencies, compare);
    printf("{\"work\":\"%s\",\"seconds\":%.6f,\"count\":%llu,\"bytes\":%llu,\"lost\":%llu,\"retransmitted\":%llu,"
           "\"p50\":%.3f,\"p90\":%.3f,\"p99\":%.3f,\"clientCpu\":%.6f,\"serverCpu\":%.6f,\"coreBusy\":%.3f}\n",
           task.work, window.seconds, (unsigned long long)window.count, (unsigned long long)window.bytes,
           (unsigned long long)window.lost, (unsigned long long)window.retransmitted, percentile(0.5), percentile(0.9),
           percentile(0.99), window.client_cpu, window.server_cpu, window.core_busy);
}
