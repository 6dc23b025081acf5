/* A single-threaded HTTP/1.1 load generator for loopback addresses.
 *
 *   cc -O2 -o loadgen loadgen.c
 *   loadgen HOST PORT CONNECTIONS REQUESTS_FILE [--duration SECONDS|all] [--warmup COUNT]
 *           [--limit SECONDS] [--rate N] [--expect STATUS] [--pid PID]...
 *
 * REQUESTS_FILE holds whole requests, each as a 4-byte little-endian length and that many bytes. Each is sent once,
 * in the order of the file, and never again, because a signed request carries a nonce that is good for one use. Every
 * connection is kept alive and has one request in flight.
 *
 * --duration  stop sending after so many seconds of measuring; "all" (default): when the file is used up
 * --warmup    the first COUNT answers are not measured
 * --limit     give up after so many seconds in all, whatever happens (default 600)
 * --rate      send so many a second, whatever the answers take, on connections that are idle; a latency then counts
 *             from the moment at which the request was due. Without it each connection sends when it has been answered
 * --expect    the status of a good answer (default 200); only the latencies of good ones are told
 * --pid       also report the CPU time and the memory of this process; may be given several times
 *
 * Prints one JSON object. Exit status: 0 when every answer had the expected status and none was lost, 1 otherwise, 2 for bad usage.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    MAX_CONNECTIONS = 20000,
    MAX_PIDS = 64,
    MAX_HEAD_BYTES = 64 * 1024,
    READ_BYTES = 64 * 1024,
    KEPT_BODY_BYTES = 2048,
    MAX_RETRIES_IN_A_ROW = 3,
};

/* What the next byte of an answer belongs to. */
typedef enum { HEAD, BODY_COUNTED, BODY_TO_END, CHUNK_SIZE, CHUNK_BYTES, CHUNK_END, TRAILER } Part;

typedef struct {
    int fd; /* -1: given up */
    bool busy;
    bool waits_for_room;
    bool closes;
    bool head_only;
    const char *unsent;
    size_t unsent_bytes;
    uint64_t sent_ns;
    Part part;
    int status;
    uint64_t left; /* bytes of the body or of the chunk still to come */
    bool size_ended;
    size_t line_bytes;
    size_t head_bytes;
    size_t kept_bytes;
    int failed_in_a_row;
    char *head;
    char *kept;
} Connection;

static const char *requests, *requests_end;
static struct sockaddr_storage address;
static socklen_t address_bytes;
static int poller;
static Connection *connections;
static int connection_count;

static uint64_t *latencies;
static size_t latency_count, latency_room;
static uint64_t answers, answer_bytes, lost, reconnects, refused, by_status[1000];
static uint64_t sent, warmup, measured_from_ns, last_answer_ns;
static bool measuring, sending = true;
static int expected = 200;
static double rate; /* 0: as fast as they are answered */
static uint64_t first_due_ns;
static int first_bad_status;
static char first_bad_body[KEPT_BODY_BYTES];
static size_t first_bad_bytes;

static long pids[MAX_PIDS];
static double cpu_before[MAX_PIDS];
static int pid_count;
static double own_cpu_before;

__attribute__((noreturn, format(printf, 1, 2))) static void refuse(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("loadgen: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(2);
}

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* User and system seconds of all threads, ended ones too; steps of one clock tick (10 ms). -1: no such process. */
static double cpu_seconds(long pid) {
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file) return -1;
    size_t n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = 0;
    /* The second field is the name in brackets, which may itself hold spaces and brackets. */
    char *after_name = strrchr(text, ')');
    unsigned long user, system;
    if (!after_name || sscanf(after_name + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
        return -1;
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static double own_cpu_seconds(void) {
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
           (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

static long memory_kib(long pid, const char *field) {
    char path[64], line[256];
    long value = -1;
    snprintf(path, sizeof path, "/proc/%ld/smaps_rollup", pid);
    FILE *file = fopen(path, "r");
    if (!file) return -1;
    while (fgets(line, sizeof line, file))
        if (!strncmp(line, field, strlen(field)) && line[strlen(field)] == ':') value = atol(line + strlen(field) + 1);
    fclose(file);
    return value;
}

static void start_measuring(void) {
    measuring = true;
    answers = answer_bytes = lost = reconnects = 0;
    memset(by_status, 0, sizeof by_status);
    for (int i = 0; i < pid_count; i++) {
        cpu_before[i] = cpu_seconds(pids[i]);
        if (cpu_before[i] < 0) refuse("no process %ld", pids[i]);
    }
    own_cpu_before = own_cpu_seconds();
    measured_from_ns = last_answer_ns = now_ns();
}

static void open_connection(Connection *c) {
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) refuse("socket: %s", strerror(errno));
    int one = 1;
    struct timeval patience = {.tv_sec = 3};
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    c->busy = c->waits_for_room = c->closes = false;
    if (connect(fd, (struct sockaddr *)&address, address_bytes) < 0) {
        close(fd);
        c->fd = -1;
        refused++;
        return;
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) < 0) refuse("epoll_ctl: %s", strerror(errno));
    c->fd = fd;
}

static void begin_request(Connection *c);

/* Leaves a connection that is of no more use and, while there is something to send, opens another in its place. */
static void replace_connection(Connection *c) {
    if (c->busy) {
        lost++;
        last_answer_ns = now_ns();
        c->failed_in_a_row++;
    }
    c->busy = false;
    close(c->fd);
    c->fd = -1;
    if (!sending || requests == requests_end || c->failed_in_a_row >= MAX_RETRIES_IN_A_ROW) return;
    reconnects++;
    open_connection(c);
    if (c->fd >= 0) begin_request(c);
}

static void watch_for_room(Connection *c, bool wanted) {
    if (c->waits_for_room == wanted) return;
    c->waits_for_room = wanted;
    struct epoll_event event = {.events = EPOLLIN | (wanted ? EPOLLOUT : 0), .data.ptr = c};
    epoll_ctl(poller, EPOLL_CTL_MOD, c->fd, &event);
}

/* False: the connection broke. An answer may still be waiting to be read, so the caller reads before it gives up. */
static bool send_more(Connection *c) {
    while (c->unsent_bytes) {
        ssize_t n = send(c->fd, c->unsent, c->unsent_bytes, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno == EINTR) continue;
            if (errno != EAGAIN) return false;
            watch_for_room(c, true);
            return true;
        }
        c->unsent += n;
        c->unsent_bytes -= (size_t)n;
    }
    watch_for_room(c, false);
    return true;
}

/* When the next request is to be sent, with --rate. */
static uint64_t due_ns(void) {
    return first_due_ns + (uint64_t)((double)sent * 1e9 / rate);
}

static void begin_request(Connection *c) {
    if (!sending || requests == requests_end) return;
    if (rate > 0 && due_ns() > now_ns()) return; /* the connection stays idle until then */
    uint32_t length;
    if (requests_end - requests < 4) refuse("the requests file ends inside a length");
    memcpy(&length, requests, 4);
    length = le32toh(length);
    if (length == 0 || (uint64_t)(requests_end - requests - 4) < length) refuse("the requests file ends inside a request");
    c->unsent = requests + 4;
    c->unsent_bytes = length;
    requests += 4 + length;
    c->busy = true;
    c->closes = false;
    c->head_only = length > 5 && !memcmp(c->unsent, "HEAD ", 5);
    c->part = HEAD;
    c->head_bytes = c->kept_bytes = 0;
    c->sent_ns = rate > 0 ? due_ns() : now_ns();
    sent++;
    /* A connection that the server has just closed shows as an error here; the next read event ends it. */
    if (!send_more(c)) c->unsent_bytes = 0, c->closes = true;
}

static void finish_answer(Connection *c) {
    uint64_t now = now_ns();
    c->busy = false;
    c->failed_in_a_row = 0;
    last_answer_ns = now;
    answers++;
    by_status[c->status]++;
    if (c->status != expected && !first_bad_status) {
        first_bad_status = c->status;
        memcpy(first_bad_body, c->kept, c->kept_bytes);
        first_bad_bytes = c->kept_bytes;
    }
    if (measuring && c->status == expected) {
        if (latency_count == latency_room) {
            latency_room = latency_room ? latency_room * 2 : 1 << 16;
            latencies = realloc(latencies, latency_room * sizeof *latencies);
            if (!latencies) refuse("out of memory");
        }
        latencies[latency_count++] = now - c->sent_ns;
    } else if (!measuring && answers >= warmup) {
        start_measuring();
    }
    if (c->closes || c->unsent_bytes)
        replace_connection(c);
    else
        begin_request(c);
}

/* The value of a header in a head that ends with a zero byte, or NULL; *end is set to the end of its line. */
static const char *header(const char *head, const char *name, const char **end) {
    size_t n = strlen(name);
    for (const char *line = strstr(head, "\r\n"); line && line[2] != '\r'; line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, n) || line[2 + n] != ':') continue;
        const char *value = line + 3 + n;
        while (*value == ' ' || *value == '\t') value++;
        *end = strstr(value, "\r\n");
        return value;
    }
    return NULL;
}

static bool value_has(const char *value, const char *end, const char *word) {
    size_t n = strlen(word);
    for (; value && value + n <= end; value++)
        if (!strncasecmp(value, word, n)) return true;
    return false;
}

/* Decides from a whole head how the body is delimited (RFC 9112, section 6.3). False: this is not HTTP. */
static bool read_head(Connection *c) {
    int minor, status;
    const char *end = NULL;
    if (sscanf(c->head, "HTTP/1.%1d %3d", &minor, &status) != 2 || status < 100) return false;
    if (status < 200) { /* an interim answer; the real one follows */
        c->head_bytes = 0;
        return true;
    }
    c->status = status;
    const char *value = header(c->head, "connection", &end);
    c->closes = c->closes || value_has(value, end, "close") || (minor == 0 && !value_has(value, end, "keep-alive"));
    if (c->head_only || status == 204 || status == 304) {
        c->part = BODY_COUNTED;
        c->left = 0;
        return true;
    }
    value = header(c->head, "transfer-encoding", &end);
    if (value_has(value, end, "chunked")) {
        c->part = CHUNK_SIZE;
        c->left = 0;
        c->size_ended = false;
        return true;
    }
    value = header(c->head, "content-length", &end);
    if (value) {
        char *rest;
        c->left = strtoull(value, &rest, 10);
        c->part = BODY_COUNTED;
        return rest != value;
    }
    c->part = BODY_TO_END;
    c->closes = true;
    return true;
}

static void keep(Connection *c, const char *bytes, size_t n) {
    if (c->status == expected || first_bad_status) return;
    if (n > KEPT_BODY_BYTES - c->kept_bytes) n = KEPT_BODY_BYTES - c->kept_bytes;
    memcpy(c->kept + c->kept_bytes, bytes, n);
    c->kept_bytes += n;
}

static int hex_digit(char b) {
    if (b >= '0' && b <= '9') return b - '0';
    b |= 0x20;
    return b >= 'a' && b <= 'f' ? b - 'a' + 10 : -1;
}

/* Takes in bytes of an answer. 1: it is whole; 0: more is to come; -1: it makes no sense. */
static int take(Connection *c, const char *bytes, size_t n) {
    while (n || (c->part == BODY_COUNTED && c->left == 0)) {
        size_t used = 1;
        switch (c->part) {
        case HEAD:
            if (c->head_bytes == MAX_HEAD_BYTES) return -1;
            c->head[c->head_bytes++] = *bytes;
            if (*bytes == '\n' && c->head_bytes >= 4 && !memcmp(c->head + c->head_bytes - 4, "\r\n\r\n", 4)) {
                c->head[c->head_bytes] = 0;
                if (!read_head(c)) return -1;
            }
            break;
        case BODY_COUNTED:
            if (c->left == 0) return n ? -1 : 1; /* nothing was asked for that could follow */
            used = n < c->left ? n : (size_t)c->left;
            keep(c, bytes, used);
            c->left -= used;
            break;
        case BODY_TO_END:
            used = n;
            keep(c, bytes, used);
            break;
        case CHUNK_SIZE:
            if (*bytes == '\n') {
                c->part = c->left ? CHUNK_BYTES : TRAILER;
                c->line_bytes = 0;
            } else if (!c->size_ended && hex_digit(*bytes) >= 0) {
                if (c->left >> 56) return -1;
                c->left = c->left * 16 + (uint64_t)hex_digit(*bytes);
            } else {
                c->size_ended = true; /* an extension, or the carriage return */
            }
            break;
        case CHUNK_BYTES:
            used = n < c->left ? n : (size_t)c->left;
            keep(c, bytes, used);
            c->left -= used;
            if (c->left == 0) c->part = CHUNK_END;
            break;
        case CHUNK_END:
            if (*bytes == '\n') {
                c->part = CHUNK_SIZE;
                c->size_ended = false;
            }
            break;
        case TRAILER:
            if (*bytes == '\n') {
                if (c->line_bytes == 0) {
                    c->part = BODY_COUNTED;
                    c->left = 0;
                }
                c->line_bytes = 0;
            } else if (*bytes != '\r') {
                c->line_bytes++;
            }
            break;
        }
        bytes += used;
        n -= used;
    }
    return 0;
}

static void read_more(Connection *c) {
    static char bytes[READ_BYTES];
    ssize_t n = recv(c->fd, bytes, sizeof bytes, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) {
        if (n == 0 && c->busy && c->part == BODY_TO_END)
            finish_answer(c);
        else
            replace_connection(c);
        return;
    }
    answer_bytes += (uint64_t)n;
    int whole = c->busy ? take(c, bytes, (size_t)n) : -1;
    if (whole < 0)
        replace_connection(c);
    else if (whole)
        finish_answer(c);
}

static int by_size(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static double quantile_us(double q) {
    if (!latency_count) return 0;
    size_t i = (size_t)(q * (double)latency_count);
    return (double)latencies[i < latency_count ? i : latency_count - 1] / 1e3;
}

static void print_text(const char *text, size_t n) {
    putchar('"');
    for (size_t i = 0; i < n; i++) {
        unsigned char b = (unsigned char)text[i];
        if (b == '"' || b == '\\')
            printf("\\%c", b);
        else if (b < 0x20 || b > 0x7e) /* one escape a byte: what is shown here may be cut or not be UTF-8 */
            printf("\\u%04x", b);
        else
            putchar(b);
    }
    putchar('"');
}

static void report(bool cut_short) {
    double seconds = (double)(last_answer_ns - measured_from_ns) / 1e9;
    double count = answers ? (double)answers : 1;
    qsort(latencies, latency_count, sizeof *latencies, by_size);
    printf("{\"requests\": %llu, \"errors\": {", (unsigned long long)answers);
    const char *comma = "";
    for (int status = 0; status < 1000; status++)
        if (status != expected && by_status[status]) {
            printf("%s\"%d\": %llu", comma, status, (unsigned long long)by_status[status]);
            comma = ", ";
        }
    printf("}, \"lost\": %llu, \"reconnects\": %llu, \"refused_connections\": %llu, \"cut_short\": %s, \"file_used_up\": %s",
           (unsigned long long)lost, (unsigned long long)reconnects, (unsigned long long)refused,
           cut_short ? "true" : "false", requests == requests_end ? "true" : "false");
    printf(", \"connections\": %d, \"seconds\": %.3f, \"requests_per_second\": %.1f, \"bytes\": %llu", connection_count,
           seconds, seconds > 0 ? (double)answers / seconds : 0, (unsigned long long)answer_bytes);
    printf(", \"latency_us\": {\"p50\": %.0f, \"p90\": %.0f, \"p99\": %.0f, \"p999\": %.0f, \"max\": %.0f}",
           quantile_us(.5), quantile_us(.9), quantile_us(.99), quantile_us(.999), quantile_us(1));
    printf(", \"generator_cpu_us_per_request\": %.1f", (own_cpu_seconds() - own_cpu_before) * 1e6 / count);
    double total = 0;
    printf(", \"processes\": [");
    for (int i = 0; i < pid_count; i++) {
        double after = cpu_seconds(pids[i]);
        double used = after < 0 ? 0 : after - cpu_before[i];
        total += used;
        printf("%s{\"pid\": %ld, \"alive\": %s, \"cpu_us_per_request\": %.1f, \"pss_kib\": %ld, \"rss_kib\": %ld}",
               i ? ", " : "", pids[i], after < 0 ? "false" : "true", used * 1e6 / count, memory_kib(pids[i], "Pss"),
               memory_kib(pids[i], "Rss"));
    }
    printf("], \"cpu_us_per_request\": %.1f", total * 1e6 / count);
    if (first_bad_status) {
        printf(", \"first_error\": {\"status\": %d, \"body\": ", first_bad_status);
        print_text(first_bad_body, first_bad_bytes);
        putchar('}');
    }
    puts("}");
}

static double number(const char *text, const char *what, double least, double most) {
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= least && value <= most))
        refuse("%s: a number from %.0f to %.0f is needed, not %s", what, least, most, text);
    return value;
}

static void set_address(const char *host, uint16_t port) {
    struct sockaddr_in *v4 = (struct sockaddr_in *)&address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address;
    if (!strcmp(host, "localhost")) host = "127.0.0.1";
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        if (ntohl(v4->sin_addr.s_addr) >> 24 != 127) refuse("only loopback addresses are allowed, not %s", host);
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        address_bytes = sizeof *v4;
    } else if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
        if (!IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr)) refuse("only loopback addresses are allowed, not %s", host);
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        address_bytes = sizeof *v6;
    } else {
        refuse("not an address: %s", host);
    }
}

static void map_requests(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) < 0) refuse("%s: %s", path, strerror(errno));
    if (status.st_size == 0) refuse("%s: no requests", path);
    size_t length = (size_t)status.st_size;
    /* Filled in now, so that no page fault falls into the measurement. */
    requests = mmap(NULL, length, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (requests == MAP_FAILED) refuse("%s: %s", path, strerror(errno));
    requests_end = requests + length;
    close(fd);
}

int main(int argc, char **argv) {
    const char *usage = "usage: loadgen HOST PORT CONNECTIONS REQUESTS_FILE [--duration SECONDS|all] [--warmup COUNT]"
                        " [--limit SECONDS] [--rate N] [--expect STATUS] [--pid PID]...";
    if (argc < 5) refuse("%s", usage);
    double duration = -1, limit = 600;
    for (int i = 5; i < argc; i += 2) {
        if (i + 1 == argc) refuse("%s", usage);
        const char *value = argv[i + 1];
        if (!strcmp(argv[i], "--duration")) {
            if (strcmp(value, "all")) duration = number(value, "--duration", 0, 3600);
        } else if (!strcmp(argv[i], "--warmup")) {
            warmup = (uint64_t)number(value, "--warmup", 0, 1e9);
        } else if (!strcmp(argv[i], "--limit")) {
            limit = number(value, "--limit", 1, 3600);
        } else if (!strcmp(argv[i], "--rate")) {
            rate = number(value, "--rate", 0.1, 1e6);
        } else if (!strcmp(argv[i], "--expect")) {
            expected = (int)number(value, "--expect", 100, 999);
        } else if (!strcmp(argv[i], "--pid")) {
            if (pid_count == MAX_PIDS) refuse("at most %d processes", MAX_PIDS);
            pids[pid_count++] = (long)number(value, "--pid", 1, 1e9);
        } else {
            refuse("%s", usage);
        }
    }
    set_address(argv[1], (uint16_t)number(argv[2], "PORT", 1, 65535));
    connection_count = (int)number(argv[3], "CONNECTIONS", 1, MAX_CONNECTIONS);
    map_requests(argv[4]);
    signal(SIGPIPE, SIG_IGN);

    poller = epoll_create1(EPOLL_CLOEXEC);
    connections = calloc((size_t)connection_count, sizeof *connections);
    if (poller < 0 || !connections) refuse("%s", strerror(errno));
    for (int i = 0; i < connection_count; i++) {
        connections[i].head = malloc(MAX_HEAD_BYTES + 1);
        connections[i].kept = malloc(KEPT_BODY_BYTES);
        if (!connections[i].head || !connections[i].kept) refuse("out of memory");
        open_connection(&connections[i]);
        if (connections[i].fd < 0) refuse("connection %d of %d: %s", i + 1, connection_count, strerror(errno));
    }

    uint64_t give_up_ns = now_ns() + (uint64_t)(limit * 1e9);
    bool cut_short = false;
    if (warmup == 0) start_measuring();
    first_due_ns = now_ns();
    for (int i = 0; i < connection_count; i++) begin_request(&connections[i]);
    for (;;) {
        bool waiting = rate > 0 && sending && requests != requests_end;
        for (int i = 0; i < connection_count && !waiting; i++) waiting = connections[i].busy;
        if (!waiting) break;
        struct epoll_event events[256];
        int n = epoll_wait(poller, events, 256, rate > 0 ? 1 : 100);
        if (n < 0 && errno != EINTR) refuse("epoll_wait: %s", strerror(errno));
        for (int i = 0; i < n; i++) {
            Connection *c = events[i].data.ptr;
            if (c->fd < 0) continue;
            if (events[i].events & EPOLLOUT && !send_more(c)) c->unsent_bytes = 0, c->closes = true;
            if (events[i].events & ~(uint32_t)EPOLLOUT) read_more(c);
        }
        for (int i = 0; rate > 0 && i < connection_count && due_ns() <= now_ns(); i++)
            if (!connections[i].busy && connections[i].fd >= 0) begin_request(&connections[i]);
        uint64_t now = now_ns();
        if (sending && measuring && duration >= 0 && now - measured_from_ns >= (uint64_t)(duration * 1e9)) sending = false;
        if (now >= give_up_ns) {
            cut_short = true;
            break;
        }
    }
    if (!measuring) refuse("only %llu of %llu warm-up answers came", (unsigned long long)answers, (unsigned long long)warmup);
    report(cut_short);
    return cut_short || lost || refused || answers != by_status[expected];
}
