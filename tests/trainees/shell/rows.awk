# Prints the number of rows and the sum of their checksums over all files; the first fault goes to the file `fault`.
# A record with an odd number of quotes goes on in the next line.

BEGIN {
    split("amount units remark", names, " ")
    for (i = 1; i < 256; i++) code[sprintf("%c", i)] = i
    number = "^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$"
    integer = "^[+-]?[0-9]+$"
}

function stop(text) {
    printf "%s", text > fault
    failed = 1
    exit 1
}

# Split a record into `cells`, and return how many there are.
function parse(record,    n, cell, end) {
    n = 0
    while (1) {
        cell = ""
        if (substr(record, 1, 1) == "\"") {
            record = substr(record, 2)
            while ((end = index(record, "\"")) && substr(record, end + 1, 1) == "\"") {
                cell = cell substr(record, 1, end)
                record = substr(record, end + 2)
            }
            if (!end) stop("file " current ", record " records ": a quoted cell does not end")
            cell = cell substr(record, 1, end - 1)
            record = substr(record, end + 1)
            if (record != "" && substr(record, 1, 1) != ",")
                stop("file " current ", record " records ": text behind a quoted cell")
            end = record != ""
        } else {
            end = index(record, ",")
            cell = end ? substr(record, 1, end - 1) : record
            record = end ? substr(record, end) : ""
        }
        cells[++n] = cell
        if (!end) return n
        record = substr(record, 2)
    }
}

function header(count,    i, j) {
    known = 0
    for (i in names) {
        position[i] = 0
        for (j = 1; j <= count; j++) if (cells[j] == names[i]) { position[i] = j; known++ }
    }
    if (!known) stop("file " current ": none of the declared columns is in it")
    for (i in names) if (!position[i]) stop("file " current ": column " names[i] " is missing")
    if (count != 3) stop("file " current ": has " count " columns, where 3 are declared")
    width = count
}

function wrong(column, why) {
    stop("file " current ", record " records ": column " column " " why)
}

function row(count,    text, i, sum) {
    if (count != width) stop("file " current ", record " records ": " count " fields, where the header has " width)
    text = cells[position[1]]
    if (text !~ number) wrong("amount", "is not a number")
    normal = sprintf("%.17g,", text + 0)
    text = cells[position[2]]
    if (text != "" && text !~ integer) wrong("units", "is not an integer")
    normal = normal (text == "" ? "null" : sprintf("%d", text)) "," cells[position[3]]
    sum = 7
    for (i = 1; i <= length(normal); i++) sum = (sum * 257 + code[substr(normal, i, 1)]) % 2147483647
    total = (total + sum) % 2147483647
    rows++
}

function take(record) {
    sub(/\r$/, "", record)
    records++
    if (records == 1) {
        sub(/^\357\273\277/, "", record)
        header(parse(record))
    } else if (record != "") row(parse(record))
}

FNR == 1 {
    if (pending != "") stop("file " current ", record " records + 1 ": a quoted cell does not end")
    current = FILENAME
    sub(/^[.]\//, "", current)
    records = 0
}

{
    line = pending == "" ? $0 : pending "\n" $0
    pending = ""
    copy = line
    if (gsub(/"/, "", copy) % 2) pending = line
    else take(line)
}

END {
    if (!failed && pending != "") stop("file " current ", record " records + 1 ": a quoted cell does not end")
    if (!failed) printf "%d %d\n", rows, total
    else exit 1
}
