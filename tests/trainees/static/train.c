/* A conforming training container that is one static binary on an empty base.
   The "model" is a fingerprint of the rows that does not depend on their order. CSV only, columns by header. */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEIGHT, COUNT, NOTE, LABEL, COLUMNS };
static const char *const NAMES[COLUMNS] = {"height", "count", "note", "label"};
static const char *const HYPERPARAMETERS = "/opt/ml/input/config/hyperparameters.json";
static const char *const FAILURE = "/opt/ml/output/failure";

typedef struct {
    char *bytes;
    size_t length, room;
} Text;

static uint64_t rows, fingerprint;

/* The image of a mutant sets TRAINEE_BREAKS to the one thing it does wrong. */
static bool breaks(const char *name) {
    const char *given = getenv("TRAINEE_BREAKS");
    return given && !strcmp(given, name);
}

/* The length of the UTF-8 character at s, of which n bytes are there; 0 where there is none. */
static size_t character(const unsigned char *s, size_t n) {
    size_t length = s[0] < 0x80 ? 1 : s[0] >= 0xC2 && s[0] < 0xE0 ? 2 : (s[0] & 0xF0) == 0xE0 ? 3
                    : s[0] >= 0xF0 && s[0] < 0xF5                  ? 4 : 0;
    if (!length || length > n) return 0;
    for (size_t i = 1; i < length; i++)
        if ((s[i] & 0xC0) != 0x80) return 0;
    if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F)) return 0;
    if ((s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F)) return 0;
    return length;
}

/* Tell the cause on stderr and in the failure file, at most 1024 bytes of UTF-8, and end with 1. */
static void __attribute__((noreturn, format(printf, 1, 2))) fail(const char *format, ...) {
    char cause[8192], kept[1025];
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(cause, sizeof cause, format, arguments);
    va_end(arguments);
    size_t length = written < 0 ? 0 : (size_t)written < sizeof cause ? (size_t)written : sizeof cause - 1, end = 0;
    for (size_t i = 0, step; i < length; i += step) {
        size_t valid = character((unsigned char *)cause + i, length - i);
        step = valid ? valid : 1;
        if (end + step > sizeof kept - 1) break;
        if (valid) memcpy(kept + end, cause + i, step);
        else kept[end] = '?';
        end += step;
    }
    kept[end] = 0;
    fprintf(stderr, "failed: %s\n", kept);
    mkdir("/opt/ml/output", 0777);
    int file = open(FAILURE, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (file < 0 || write(file, kept, end) != (ssize_t)end)
        fprintf(stderr, "the failure file cannot be written: %s\n", strerror(errno));
    exit(1);
}

static void append(Text *text, char byte) {
    if (text->length + 1 >= text->room) {
        text->room = text->room ? 2 * text->room : 64;
        text->bytes = realloc(text->bytes, text->room);
        if (!text->bytes) fail("out of memory");
    }
    text->bytes[text->length++] = byte;
    text->bytes[text->length] = 0;
}

static Text read_whole(const char *path, const char *name) {
    int file = open(path, O_RDONLY);
    struct stat info;
    if (file < 0 || fstat(file, &info)) fail("file %s cannot be read: %s", name, strerror(errno));
    Text text = {malloc((size_t)info.st_size + 1), 0, (size_t)info.st_size + 1};
    if (!text.bytes) fail("out of memory");
    for (ssize_t got; text.length < (size_t)info.st_size; text.length += (size_t)got) {
        got = read(file, text.bytes + text.length, (size_t)info.st_size - text.length);
        if (got < 0) fail("file %s cannot be read: %s", name, strerror(errno));
        if (!got) break;
    }
    close(file);
    text.bytes[text.length] = 0;
    return text;
}

static bool is_decimal(const char *s) {
    s += *s == '+' || *s == '-';
    size_t before = strspn(s, "0123456789"), after = 0;
    s += before;
    if (*s == '.') after = strspn(++s, "0123456789"), s += after;
    if (!before && !after) return false;
    if (*s == 'e' || *s == 'E') {
        s++;
        s += *s == '+' || *s == '-';
        size_t exponent = strspn(s, "0123456789");
        if (!exponent) return false;
        s += exponent;
    }
    return !*s;
}

/* ---- JSON: an object whose values are kept as text ---- */

static const char *at;

static void __attribute__((noreturn)) not_json(void) { fail("hyperparameters.json is not a JSON object"); }
static void space(void) { at += strspn(at, " \t\r\n"); }

static void unicode(Text *out) {
    unsigned long code = 0;
    for (int pair = 0; pair < 2; pair++) {
        char digits[5] = {0};
        for (int i = 0; i < 4; i++) {
            if (!isxdigit((unsigned char)*at)) not_json();
            digits[i] = *at++;
        }
        unsigned long unit = strtoul(digits, NULL, 16);
        if (pair) code = 0x10000 + ((code - 0xD800) << 10) + (unit - 0xDC00);
        else code = unit;
        if (pair || unit < 0xD800 || unit > 0xDBFF || at[0] != '\\' || at[1] != 'u') break;
        at += 2;
    }
    if (code < 0x80) append(out, (char)code);
    else if (code < 0x800) append(out, (char)(0xC0 | code >> 6)), append(out, (char)(0x80 | (code & 63)));
    else if (code < 0x10000)
        append(out, (char)(0xE0 | code >> 12)), append(out, (char)(0x80 | (code >> 6 & 63))),
            append(out, (char)(0x80 | (code & 63)));
    else
        append(out, (char)(0xF0 | (code >> 18 & 7))), append(out, (char)(0x80 | (code >> 12 & 63))),
            append(out, (char)(0x80 | (code >> 6 & 63))), append(out, (char)(0x80 | (code & 63)));
}

static Text string(void) {
    Text out = {0};
    append(&out, 0);
    out.length = 0;
    if (*at++ != '"') not_json();
    while (*at != '"') {
        if ((unsigned char)*at < 0x20) not_json();
        if (*at != '\\') {
            append(&out, *at++);
            continue;
        }
        const char *escape = "\"\\/bfnrt", *found;
        at++;
        if (*at == 'u') {
            at++;
            unicode(&out);
        } else if (*at && (found = strchr(escape, *at))) {
            append(&out, "\"\\/\b\f\n\r\t"[found - escape]);
            at++;
        } else not_json();
    }
    at++;
    return out;
}

/* The text of any JSON value; of strings what they say. */
static Text value(int depth) {
    const char *start = at;
    Text out = {0};
    if (depth > 100) not_json();
    if (*at == '"') return string();
    if (*at == '{' || *at == '[') {
        char open = *at++, close = open == '{' ? '}' : ']';
        for (space(); *at != close; space()) {
            if (open == '{') {
                free(string().bytes);
                space();
                if (*at++ != ':') not_json();
                space();
            }
            free(value(depth + 1).bytes);
            space();
            if (*at == ',') {
                at++;
                space();
                if (*at == close) not_json();
            } else if (*at != close) not_json();
        }
        at++;
    } else {
        at += strspn(at, "+-.0123456789Eaeflnrstu");
    }
    while (start < at) append(&out, *start++);
    if (!out.bytes) not_json();
    bool literal = !strcmp(out.bytes, "true") || !strcmp(out.bytes, "false") || !strcmp(out.bytes, "null");
    if (!literal && !strchr("{[", *out.bytes) && !is_decimal(out.bytes)) not_json();
    return out;
}

static long read_passes(void) {
    if (access(HYPERPARAMETERS, F_OK)) return 1;
    Text file = read_whole(HYPERPARAMETERS, "hyperparameters.json"), given = {0};
    if (strlen(file.bytes) != file.length) not_json();
    at = file.bytes;
    space();
    if (*at++ != '{') not_json();
    for (space(); *at != '}';) {
        Text key = string();
        space();
        if (*at++ != ':') not_json();
        space();
        Text found = value(0);
        if (!strcmp(key.bytes, "passes")) given = found;
        space();
        if (*at == ',') {
            at++;
            space();
            if (*at != '"') not_json();
        } else if (*at != '}') not_json();
    }
    at++;
    space();
    if (*at) not_json();
    if (!given.bytes) return 1;
    char *text = given.bytes;
    if (given.length > 1 && text[0] == '"' && text[given.length - 1] == '"') text[given.length - 1] = 0, text++;
    size_t sign = *text == '+' || *text == '-', digits = strspn(text + sign, "0123456789");
    long passes = digits && digits < 10 && !text[sign + digits] ? strtol(text, NULL, 10) : 0;
    if (passes < 1 || passes > 1000) fail("hyperparameter passes is not an integer from 1 to 1000");
    return passes;
}

/* ---- CSV ---- */

static uint64_t mix(uint64_t hash, const void *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) hash = (hash ^ ((const unsigned char *)bytes)[i]) * 0x100000001B3u;
    return hash ^ hash >> 29;
}

static bool is_integer(const char *s) {
    s += *s == '+' || *s == '-';
    return *s && !s[strspn(s, "0123456789")];
}

static void take_row(Text *cells, const int *positions, const char *name, size_t record) {
    uint64_t hash = 0xCBF29CE484222325u;
    for (int column = 0; column < COLUMNS; column++) {
        const Text *cell = &cells[positions[column]];
        const char *text = cell->bytes;
        const char *fault = NULL;
        errno = 0;
        if (column == NOTE) hash = mix(hash, text, cell->length + 1);
        else if (!*text && column == HEIGHT) hash = mix(hash, "null", 4);
        else if (!*text) fault = "is null";
        else if (column == HEIGHT) {
            double number = is_decimal(text) ? strtod(text, NULL) + 0.0 : 0;
            if (!is_decimal(text)) fault = "is not a number";
            else if (number - number != 0) fault = "is beyond a double";
            if (number == 0) number = 0;
            hash = mix(hash, &number, sizeof number);
        } else {
            long long number = is_integer(text) ? strtoll(text, NULL, 10) : 0;
            if (!is_integer(text)) fault = "is not an integer";
            else if (errno) fault = "is beyond 64 bits";
            else if (column == LABEL && number != 0 && number != 1) fault = "is neither 0 nor 1";
            hash = mix(hash, &number, sizeof number);
        }
        if (fault) fail("file %s, record %zu: column %s %s", name, record, NAMES[column], fault);
    }
    fingerprint += hash * 0x9E3779B97F4A7C15u;
    rows++;
}

static void take_header(const Text *cells, size_t count, int *positions, const char *name) {
    size_t known = 0;
    for (int column = 0; column < COLUMNS; column++) {
        positions[column] = -1;
        for (size_t i = 0; i < count; i++)
            if (!strcmp(cells[i].bytes, NAMES[column])) {
                if (positions[column] >= 0) fail("file %s: column %s is there twice", name, NAMES[column]);
                positions[column] = (int)i;
                known++;
            }
    }
    if (!known) fail("file %s: none of the declared columns is in it", name);
    for (int column = 0; column < COLUMNS; column++)
        if (positions[column] < 0) fail("file %s: column %s is missing", name, NAMES[column]);
}

static void read_csv(const char *path, const char *name) {
    Text file = read_whole(path, name);
    for (size_t i = 0, step; i < file.length; i += step) {
        step = file.bytes[i] ? character((unsigned char *)file.bytes + i, file.length - i) : 0;
        if (!step) fail("file %s: byte %zu is not UTF-8 text", name, i);
    }
    const char *s = file.bytes, *end = s + file.length;
    if (!strncmp(s, "\xEF\xBB\xBF", 3)) s += 3;
    Text *cells = NULL;
    size_t width = 0, room = 0;
    int positions[COLUMNS];
    for (size_t record = 1; s < end;) {
        size_t count = 0;
        if (*s == '\n' || (*s == '\r' && s[1] == '\n')) {
            s += 1 + (*s == '\r');
            continue;
        }
        for (bool more = true; more;) {
            if (count == room) {
                cells = realloc(cells, (room = 2 * room + 8) * sizeof *cells);
                if (!cells) fail("out of memory");
                memset(cells + count, 0, (room - count) * sizeof *cells);
            }
            Text *cell = &cells[count++];
            append(cell, 0);
            cell->length = 0;
            cell->bytes[0] = 0;
            if (*s == '"') {
                for (s++; s < end && (*s != '"' || s[1] == '"'); s++) {
                    if (*s == '"') s++;
                    append(cell, *s);
                }
                if (s >= end && breaks("corrupt-csv-end-ignored")) return;
                if (s >= end) fail("file %s, record %zu: a quoted cell does not end", name, record);
                s++;
                if (s < end && *s != ',' && *s != '\n' && !(*s == '\r' && s[1] == '\n'))
                    fail("file %s, record %zu: text behind a quoted cell", name, record);
            } else {
                while (s < end && *s != ',' && *s != '\n' && !(*s == '\r' && s[1] == '\n')) append(cell, *s++);
            }
            more = s < end && *s == ',';
            s += more;
        }
        s += s < end && *s == '\r';
        s += s < end && *s == '\n';
        if (record == 1) take_header(cells, width = count, positions, name);
        else if (count != width)
            fail("file %s, record %zu: %zu fields, where the header has %zu", name, record, count, width);
        else take_row(cells, positions, name, record);
        record++;
    }
    for (size_t i = 0; i < room; i++) free(cells[i].bytes);
    free(cells);
    free(file.bytes);
}

static int is_data(const struct dirent *entry) {
    size_t length = strlen(entry->d_name);
    if (length > 4 && !strcmp(entry->d_name + length - 4, ".crc")) return 0;
    return entry->d_name[0] != '.' && entry->d_name[0] != '_';
}

static int by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

static void read_folder(const char *folder, size_t root) {
    struct dirent **entries;
    int count = scandir(folder, &entries, is_data, by_name);
    if (count < 0) fail("channel train: %s cannot be read: %s", folder, strerror(errno));
    for (int i = 0; i < count; i++) {
        char *path;
        struct stat info;
        if (asprintf(&path, "%s/%s", folder, entries[i]->d_name) < 0) fail("out of memory");
        if (stat(path, &info)) fail("file %s: %s", path + root, strerror(errno));
        if (S_ISDIR(info.st_mode)) read_folder(path, root);
        else if (!S_ISREG(info.st_mode)) fail("%s is not a regular file", path + root);
        else if (info.st_size) read_csv(path, path + root);
        free(path);
        free(entries[i]);
    }
    free(entries);
}

/* ---- the job ---- */

static const char *variable(const char *name, const char *standard) {
    const char *given = getenv(name);
    return given && *given ? given : standard;
}

static void stop(int number) { _exit(128 + number); }

static void save(const char *folder, long passes, double score) {
    char *part, *path, *model;
    int length = asprintf(&model, "rows %llu\nfingerprint %016llx\npasses %ld\nscore %.17g\n",
                          (unsigned long long)rows, (unsigned long long)fingerprint, passes, score);
    if (length < 0 || asprintf(&part, "%s/.model.part", folder) < 0 || asprintf(&path, "%s/model.txt", folder) < 0)
        fail("out of memory");
    int file = open(part, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (file < 0 || write(file, model, (size_t)length) != length || fsync(file) || close(file) || rename(part, path)) {
        int cause = errno;
        unlink(part);
        fail("%s cannot be written: %s", path, cause ? strerror(cause) : "no space");
    }
}

int main(void) {
    signal(SIGTERM, stop);
    long passes = read_passes();
    const char *format = variable("FILE_FORMAT", "csv");
    if (strcasecmp(format, "csv")) fail("variable FILE_FORMAT is %.60s, which is not known here", format);
    const char *channel = variable("SM_CHANNEL_TRAIN", "/opt/ml/input/data/train");
    struct stat info;
    if (stat(channel, &info) || !S_ISDIR(info.st_mode)) fail("channel train: %s is not a directory", channel);
    read_folder(channel, strlen(channel) + 1);
    if (!rows) fail("channel train: no rows in %s", channel);
    double score = (0.5 + (double)(fingerprint >> 32) / 4294967296.0) * (double)passes;
    printf("rows=%llu\nscore=%.17g\n", (unsigned long long)rows, score);
    save(variable("SM_MODEL_DIR", "/opt/ml/model"), passes, score);
    return 0;
}
