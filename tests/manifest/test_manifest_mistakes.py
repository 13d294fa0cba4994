"""Every kind of mistake in a manifest has a message of its own, at its own key."""

from pathlib import Path

import pytest

from conformance.manifest import ManifestError, load_manifest

LABEL = '[[channels.train.columns]]\nname = "label"\ntype = "int"\nvalues = [0, 1]\n'
LOSS = '[[container.metrics]]\nname = "loss"\nregex = \'loss=(.+)\'\nobserves = "model"\n'


def manifest(
    *,
    head: str = "schema_version = 1",
    algorithm: str = 'name = "mlp"',
    channel: str = "",
    column: str | None = None,
    columns: str = LABEL,
    rest: str = "",
) -> str:
    if column is not None:
        columns = f'[[channels.train.columns]]\nname = "c"\n{column}\n'
    return f"{head}\n[algorithm]\n{algorithm}\n[channels.train]\n{channel}\n{columns}\n{rest}\n"


def mistake(key: str, phrase: str, **parts: str) -> object:
    """One row of the table: the mistaken parts of a manifest, the key that is named and words of the message."""
    return pytest.param(manifest(**parts), key, phrase, id=f"{key}: {phrase}"[:90])


def hyperparameter(text: str) -> str:
    return f"{LOSS}[hyperparameters.h]\n{text}"


COLUMN = "channels.train.columns[0]"
HYPERPARAMETER = "hyperparameters.h"
METRIC = "container.metrics[0]"
SECOND_CHANNEL = '[channels.more]\n[[channels.more.columns]]\nname = "x"\ntype = "double"\n'
MISTAKES = [
    # the whole file
    mistake("schema_version", "is missing", head=""),
    mistake("schema_version", "should be 1, the version that is read here, found 2", head="schema_version = 2"),
    mistake("schema_version", "should be 1, the version that is read here, found true", head="schema_version = true"),
    mistake("schema_version", "should be an integer, found 1.0", head="schema_version = 1.0"),
    mistake("limts", 'did you mean "limits"?', rest="[limts]"),
    mistake("limits", "should be a table, found 3", head="schema_version = 1\nlimits = 3"),
    # [algorithm]
    mistake("algorithm.name", "is missing", algorithm=""),
    mistake("algorithm.name", "should be a string, found 1", algorithm="name = 1"),
    mistake("algorithm.name", "should be 1 to 255 characters long, found 0", algorithm='name = ""'),
    mistake("algorithm.name", r'no line breaks or control characters, found "a\nb"', algorithm='name = "a\\nb"'),
    mistake("algorithm.description", "no control characters", algorithm='name = "a"\ndescription = "\\u001b[2J"'),
    mistake("algorithm.targets", "should be an array", algorithm='name = "a"\ntargets = "local"'),
    mistake("algorithm.targets", "should hold at least one", algorithm='name = "a"\ntargets = []'),
    mistake("algorithm.targets", 'found "local" again', algorithm='name = "a"\ntargets = ["local", "local"]'),
    mistake("algorithm.targets[0]", 'did you mean "sagemaker"?', algorithm='name = "a"\ntargets = ["SageMaker"]'),
    mistake("algorithm.deterministic", "should be true or false, found 1", algorithm='name = "a"\ndeterministic = 1'),
    mistake("algorithm.nmae", 'did you mean "name"?', algorithm='name = "a"\nnmae = "b"'),
    mistake("algorithm.zzz", "known are name, description, targets", algorithm='name = "a"\nzzz = "b"'),
    # [container]
    mistake("container.entrypoint", "should hold the program", rest="[container]\nentrypoint = []"),
    mistake("container.entrypoint", "should be an array", rest='[container]\nentrypoint = "python train.py"'),
    mistake("container.entrypoint[1]", "should be a string, found 3", rest='[container]\nentrypoint = ["a", 3]'),
    mistake("container.entrypoint", "strings of 1 to 256 characters", rest='[container]\nentrypoint = [""]'),
    mistake("container.entrypoint", "strings without NUL", rest='[container]\nentrypoint = ["a\\u0000b"]'),
    mistake("container.arguments", "the argument is `train`", rest="[container]\narguments = []"),
    mistake("container.arguments", "1 to 256 characters", rest=f'[container]\narguments = ["{"a" * 257}"]'),
    mistake("container.arguments", "100 strings at most", rest=f"[container]\narguments = {['a'] * 101}"),
    mistake("container.entry", 'did you mean "entrypoint"?', rest='[container]\nentry = ["a"]'),
    mistake("container.metrics", "40 at most", rest="".join(LOSS.replace("loss", f"l{i}") for i in range(41))),
    mistake("container.metrics", 'found "loss" again', rest=LOSS + LOSS),
    mistake(
        "channels",
        "should share a format",
        channel='formats = ["csv"]',
        rest=SECOND_CHANNEL.replace("[channels.more]", '[channels.more]\nformats = ["parquet"]'),
    ),
    # [[container.metrics]]
    mistake(
        f"{METRIC}.regex", 'is missing; it is always needed (metric "m")', rest='[[container.metrics]]\nname = "m"'
    ),
    mistake(f"{METRIC}.name", "should be 1 to 255 characters", rest=LOSS.replace('"loss"', '""')),
    mistake(f"{METRIC}.name", "found 256", rest=LOSS.replace('"loss"', f'"{"a" * 256}"')),
    mistake(f"{METRIC}.regex", "should have a group", rest=LOSS.replace("(.+)", "[0-9]+")),
    mistake(f"{METRIC}.regex", "should have a group", rest=LOSS.replace("(.+)", "(?:[0-9]+)")),
    mistake(f"{METRIC}.regex", "missing ), unterminated subpattern", rest=LOSS.replace("(.+)", "(.+")),
    mistake(f"{METRIC}.regex", "nested too deeply", rest=LOSS.replace("(.+)", "(" * 490)),
    mistake(f"{METRIC}.regex", "is not a regular expression", rest=LOSS.replace("(.+)", "(a{99999999999})")),
    mistake(f"{METRIC}.regex", "should be 1 to 500 characters long, found 501", rest=LOSS.replace(".+", "a" * 494)),
    mistake(f"{METRIC}.observes", 'one of "rows", "model"; did you mean "rows"?', rest=LOSS.replace("model", "row")),
    mistake(f"{METRIC}.combine", 'should be one of "last", "sum"', rest=LOSS + 'combine = "mean"'),
    mistake(f"{METRIC}.tolerance", "greater than or equal to 0, found -0.1", rest=LOSS + "tolerance = -0.1"),
    mistake(f"{METRIC}.tolerance", "should be less than 1, found 1.0", rest=LOSS + "tolerance = 1.0"),
    mistake(f"{METRIC}.tolerance", "should be a finite number, found nan", rest=LOSS + "tolerance = nan"),
    mistake(f"{METRIC}.absolute_tolerance", "or equal to 0", rest=LOSS + "absolute_tolerance = -1"),
    mistake(f"{METRIC}.channel", 'declare observes = "rows"', rest=LOSS + 'channel = "train"'),
    mistake(f"{METRIC}.tolerance", "counted exactly", rest=LOSS.replace("model", "rows") + "tolerance = 0.1"),
    mistake(
        f"{METRIC}.absolute_tolerance", "counted exactly", rest=LOSS.replace("model", "rows") + "absolute_tolerance = 9"
    ),
    mistake(f"{METRIC}.channel", 'one of train, found "test"', rest=LOSS.replace("model", "rows") + 'channel = "test"'),
    mistake(f"{METRIC}.channel", "whose rows? one of train, more", rest=LOSS.replace("model", "rows") + SECOND_CHANNEL),
    # [channels.…]
    mistake(
        "channels",
        "should be 1 to 20, as the API says, found 21",
        rest="".join(SECOND_CHANNEL.replace("more", f"m{i}") for i in range(20)),
    ),
    mistake('channels."a b"', "1 to 64 letters, digits", rest=SECOND_CHANNEL.replace("more", '"a b"')),
    mistake('channels."é"', "1 to 64 letters, digits", rest=SECOND_CHANNEL.replace("more", '"é"')),
    mistake('channels.".."', "no directories of their own", rest=SECOND_CHANNEL.replace("more", '".."')),
    mistake(f"channels.{'a' * 65}", "1 to 64 letters, digits", rest=SECOND_CHANNEL.replace("more", "a" * 65)),
    mistake("channels.train.required", "should be true for the only channel", channel="required = false"),
    mistake("channels.train.required", 'should be true or false, found "yes"', channel='required = "yes"'),
    mistake("channels.train.formats", "should hold at least one", channel="formats = []"),
    mistake("channels.train.formats", 'found "csv" again', channel='formats = ["csv", "csv"]'),
    mistake("channels.train.formats[1]", 'should be one of "csv", "parquet"', channel='formats = ["csv", "json"]'),
    mistake("channels.train.csv_header", '"present", "absent", "either"', channel='csv_header = "yes"'),
    mistake("channels.train.csv_header", "is about CSV", channel='formats = ["parquet"]\ncsv_header = "absent"'),
    mistake("channels.train.extra_columns", '"refused", "ignored", "used"', channel='extra_columns = "drop"'),
    mistake("channels.train.min_rows", "greater than or equal to 1, found 0", channel="min_rows = 0"),
    mistake("channels.train.min_rows", "should be an integer, found 1.5", channel="min_rows = 1.5"),
    mistake("channels.train.min_rows", "less than or equal to 1000000", channel="min_rows = 1000001"),
    mistake("channels.train.max_rows", "greater than or equal to 1, found 0", channel="max_rows = 0"),
    mistake("channels.train.min_rows", "found 10 above 5", channel="min_rows = 10\nmax_rows = 5"),
    mistake("channels.train.min_rows", "found 32 (the default) above 5", channel="max_rows = 5"),
    mistake("channels.train.headers", 'did you mean "csv_header"?', channel="headers = true"),
    mistake("channels.train.schema_file", "known are", channel='schema_file = "a"'),
    mistake("channels.train.sample", 'there is no "none.csv"', channel='sample = "none.csv"'),
    mistake("channels.train.sample", "relative to the manifest", channel='sample = "/etc/passwd"'),
    mistake("channels.train.sample", "control characters", channel='sample = "a\\u0000b"'),
    mistake("channels.train.sample", "not a regular file", channel='sample = "."'),
    mistake("channels.train.schema", "relative to the manifest", channel='schema = "/etc/passwd"', columns=""),
    mistake("channels.train.schema", 'there is no "none.json"', channel='schema = "none.json"', columns=""),
    mistake("channels.train.schema", "should be a string, found 3", channel="schema = 3", columns=""),
    mistake("channels.train.columns", "where schema is given", channel='schema = "table.json"'),
    mistake("channels.train.columns", "should hold at least one column", columns=""),
    mistake("channels.train.columns", "at least one column that is not optional", columns=LABEL + "optional = true"),
    mistake("channels.train.columns", 'found "label" again', columns=LABEL + LABEL),
    # [[channels.….columns]]
    mistake(f"{COLUMN}.type", "is missing; every column", column=""),
    mistake(f"{COLUMN}.type", '"text" is not a column type; supported are boolean', column='type = "text"'),
    mistake(f"{COLUMN}.type", 'did you mean "double"?', column='type = "doubl"'),
    mistake(f"{COLUMN}.type", '"array<int>" is not a column type', column='type = "array<int>"'),
    mistake(f"{COLUMN}.type", "should be a string that names a type", column="type = 3"),
    mistake(f"{COLUMN}.type", "decimal(p,s) with p from 1 to 38", column='type = "decimal"'),
    mistake(f"{COLUMN}.type", "decimal(p,s) with p from 1 to 38", column='type = "decimal(39,2)"'),
    mistake(f"{COLUMN}.type", "s from 0 to p", column='type = "decimal(3,4)"'),
    mistake(f"{COLUMN}.type", "char(n) with n from 1 to 255", column='type = "char(0)"'),
    mistake(f"{COLUMN}.type", "varchar(n) with n from 1 to 65535", column='type = "varchar"'),
    mistake(f"{COLUMN}.type", "without numbers in parentheses", column='type = "int(3)"'),
    mistake(f"{COLUMN}.name", "1 to 255 characters long, found 0", columns=LABEL.replace('"label"', '""')),
    mistake(f"{COLUMN}.name", "no line breaks", columns=LABEL.replace('"label"', '"a\\nb"')),
    mistake(f"{COLUMN}.name", "should be a string, found 3", columns=LABEL.replace('"label"', "3")),
    mistake(f"{COLUMN}.nulable", 'did you mean "nullable"? ', column='type = "int"\nnulable = true'),
    mistake(f"{COLUMN}.minimum", 'found 3 above 2 (column "c")', column='type = "int"\nminimum = 3\nmaximum = 2'),
    mistake(
        f"{COLUMN}.minimum",
        "2024-02-01 above 2024-01-01",
        column='type = "date"\nminimum = 2024-02-01\nmaximum = "2024-01-01"',
    ),
    mistake(f"{COLUMN}.minimum", "has no bounds; declare values, pattern", column='type = "string"\nminimum = 3'),
    mistake(f"{COLUMN}.maximum", "a boolean column has no bounds", column='type = "boolean"\nmaximum = 1'),
    mistake(f"{COLUMN}.minimum", "should be an integer, as the column is int", column='type = "int"\nminimum = 0.5'),
    mistake(f"{COLUMN}.minimum", "should be an integer", column='type = "int"\nminimum = true'),
    mistake(f"{COLUMN}.maximum", "range of tinyint, -128 to 127, found 128", column='type = "tinyint"\nmaximum = 128'),
    mistake(f"{COLUMN}.maximum", "a finite number, found inf", column='type = "double"\nmaximum = inf'),
    mistake(f"{COLUMN}.maximum", "that a float holds", column=f'type = "double"\nmaximum = 1{"0" * 400}'),
    mistake(f"{COLUMN}.maximum", "range of float", column='type = "float"\nmaximum = 1e39'),
    mistake(f"{COLUMN}.maximum", "range of decimal(4,2)", column='type = "decimal(4,2)"\nmaximum = 100'),
    mistake(f"{COLUMN}.minimum", "no more decimals than decimal(4,2)", column='type = "decimal(4,2)"\nminimum = 0.125'),
    mistake(f"{COLUMN}.minimum", "a finite number, found nan", column='type = "decimal(4,2)"\nminimum = nan'),
    mistake(f"{COLUMN}.minimum", "should be a date such as 2024-01-31", column='type = "date"\nminimum = 3'),
    mistake(f"{COLUMN}.minimum", 'found "2024-02-30"', column='type = "date"\nminimum = "2024-02-30"'),
    mistake(f"{COLUMN}.minimum", "should be a date", column='type = "date"\nminimum = 2024-01-31T00:00:00'),
    mistake(f"{COLUMN}.minimum", "without a time zone", column='type = "timestamp"\nminimum = 2024-01-31T00:00:00Z'),
    mistake(f"{COLUMN}.minimum", "found 07:32:00", column='type = "timestamp"\nminimum = 07:32:00'),
    mistake(f"{COLUMN}.minimum", "found [1]", column='type = "int"\nminimum = [1]'),
    mistake(f"{COLUMN}.minimum", "found a table with the keys", column='type = "int"\nminimum = {a = 1}'),
    mistake(f"{COLUMN}.values", "at least one value, or be left out", column='type = "int"\nvalues = []'),
    mistake(f"{COLUMN}.values", "found 1 again", column='type = "int"\nvalues = [1, 2, 1]'),
    mistake(f"{COLUMN}.values", "found 1.0 again", column='type = "double"\nvalues = [1, 1.0]'),
    mistake(
        f"{COLUMN}.values[1]",
        'should be an integer, as the column is int, found "b"',
        column='type = "int"\nvalues = [1, "b"]',
    ),
    mistake(f"{COLUMN}.values[0]", "should be true or false, found 1", column='type = "boolean"\nvalues = [1]'),
    mistake(
        f"{COLUMN}.values[0]", "should be a string, as the column is string", column='type = "string"\nvalues = [1]'
    ),
    mistake(f"{COLUMN}.values[0]", "should have no NUL", column='type = "string"\nvalues = ["\\u0000"]'),
    mistake(
        f"{COLUMN}.values[0]", "8192 bytes at most, found 8194", column=f'type = "string"\nvalues = ["{"é" * 4097}"]'
    ),
    mistake(
        f"{COLUMN}.values[0]", "no longer than char(2) holds, found 3", column='type = "char(2)"\nvalues = ["abc"]'
    ),
    mistake(f"{COLUMN}.values[0]", "range of smallint", column='type = "smallint"\nvalues = [32768]'),
    mistake(
        f"{COLUMN}.values[0]", "within minimum and maximum, found 5", column='type = "int"\nmaximum = 4\nvalues = [5]'
    ),
    mistake(
        f"{COLUMN}.values[0]", "within minimum and maximum, found 3", column='type = "int"\nminimum = 4\nvalues = [3]'
    ),
    mistake(
        f"{COLUMN}.pattern", "varchar(n) columns alone, and this one is int", column="type = \"int\"\npattern = '[0-9]'"
    ),
    mistake(f"{COLUMN}.max_length", "varchar(n) columns alone", column='type = "double"\nmax_length = 3'),
    mistake(f"{COLUMN}.max_length", "greater than or equal to 1, found 0", column='type = "string"\nmax_length = 0'),
    mistake(
        f"{COLUMN}.max_length", "above what varchar(5) holds, found 6", column='type = "varchar(5)"\nmax_length = 6'
    ),
    mistake(f"{COLUMN}.pattern", "unterminated character set", column='type = "string"\npattern = "[a"'),
    mistake(f"{COLUMN}.pattern", "matches whole cells, or be left out", column='type = "string"\npattern = ""'),
    mistake(
        f"{COLUMN}.pattern",
        "3 characters (max_length) or less, and matches 5 or more",
        column='type = "string"\npattern = "[0-9]{5}"\nmax_length = 3',
    ),
    mistake(
        f"{COLUMN}.pattern",
        "4 characters (char(4)) or less, and matches 5 or more",
        column='type = "char(4)"\npattern = "[0-9]{5}"',
    ),
    mistake(
        f"{COLUMN}.pattern", "8192 characters (the limit of a cell)", column='type = "string"\npattern = "a{9000}"'
    ),
    mistake(
        f"{COLUMN}.values[1]",
        'should match pattern "[ab]", found "c"',
        column='type = "string"\npattern = "[ab]"\nvalues = ["a", "c"]',
    ),
    mistake(
        f"{COLUMN}.values[0]", "longer than max_length, 1", column='type = "string"\nmax_length = 1\nvalues = ["ab"]'
    ),
    mistake(f"{COLUMN}.min_per_value", "no values are declared", column='type = "int"\nmin_per_value = 2'),
    mistake(
        f"{COLUMN}.min_per_value", "greater than or equal to 1", column='type = "int"\nvalues = [1]\nmin_per_value = 0'
    ),
    mistake(f"{COLUMN}.min_per_value", "takes 40 rows for 2 values", columns=LABEL + "min_per_value = 20"),
    mistake(f"{COLUMN}.min_per_value", "declare min_rows = 40 or more", columns=LABEL + "min_per_value = 20"),
    mistake(
        f"{COLUMN}.min_per_value",
        "declare max_rows = 40 or more",
        channel="max_rows = 39",
        columns=LABEL + "min_per_value = 20",
    ),
    mistake(
        f"{COLUMN}.optional",
        "nothing tells which column is short",
        channel='formats = ["csv"]\ncsv_header = "absent"',
        columns=LABEL + "optional = true\n" + LABEL.replace("label", "x"),
    ),
    # [hyperparameters.…]
    mistake(
        "hyperparameters",
        "100 at most, as the API says, found 101",
        rest="".join(f"[hyperparameters.h{i}]\ntype='integer'\ntested=[1,2]\n" for i in range(101)),
    ),
    mistake(
        'hyperparameters.""',
        "has a name that should be 1 to 256 characters",
        rest='[hyperparameters.""]\ntype="integer"\ntested=[1,2]',
    ),
    mistake(
        f'hyperparameters."{"h" * 78}…',
        "found 257",
        rest=f'[hyperparameters.{"h" * 257}]\ntype="integer"\ntested=[1,2]',
    ),
    mistake(f"{HYPERPARAMETER}.type", "is missing", rest=hyperparameter("tested = [1, 2]")),
    mistake(f"{HYPERPARAMETER}.type", 'did you mean "integer"?', rest=hyperparameter('type = "int"\ntested = [1, 2]')),
    mistake(f"{HYPERPARAMETER}.tested", "is missing; it says what jobs", rest=hyperparameter('type = "integer"')),
    mistake(f"{HYPERPARAMETER}.tested", "found []", rest=hyperparameter('type = "string"\ntested = []')),
    mistake(
        f"{HYPERPARAMETER}.accepted",
        "found []",
        rest=hyperparameter('type = "integer"\ntested = [1, 2]\naccepted = []'),
    ),
    mistake(
        f"{HYPERPARAMETER}.tested",
        "should be [low, high] for a hyperparameter of type integer",
        rest=hyperparameter('type = "integer"\ntested = [1, 2, 3]'),
    ),
    mistake(
        f"{HYPERPARAMETER}.tested",
        "low not above high, found [2, 1]",
        rest=hyperparameter('type = "integer"\ntested = [2, 1]'),
    ),
    mistake(
        f"{HYPERPARAMETER}.tested[0]",
        "should be an integer, found true",
        rest=hyperparameter('type = "integer"\ntested = [true, 2]'),
    ),
    mistake(
        f"{HYPERPARAMETER}.tested[1]",
        "should be an integer, found 2.0",
        rest=hyperparameter('type = "integer"\ntested = [1, 2.0]'),
    ),
    mistake(
        f"{HYPERPARAMETER}.tested[0]",
        "should be a number, found false",
        rest=hyperparameter('type = "float"\ntested = [false, 2]'),
    ),
    mistake(
        f"{HYPERPARAMETER}.tested[1]",
        "should be a finite number, found inf",
        rest=hyperparameter('type = "float"\ntested = [1, inf]'),
    ),
    mistake(
        f"{HYPERPARAMETER}.tested[1]",
        'should be a number, found "2"',
        rest=hyperparameter('type = "float"\ntested = [1, "2"]'),
    ),
    mistake(
        f"{HYPERPARAMETER}.tested[0]",
        "should be a string, found 1",
        rest=hyperparameter('type = "string"\ntested = [1]'),
    ),
    mistake(
        f"{HYPERPARAMETER}.tested[0]",
        "2500 characters at most",
        rest=hyperparameter(f'type = "string"\ntested = ["{"a" * 2501}"]'),
    ),
    mistake(
        f"{HYPERPARAMETER}.tested[0]",
        "should be true or false",
        rest=hyperparameter('type = "boolean"\ntested = ["true"]'),
    ),
    mistake(f"{HYPERPARAMETER}.tested", 'found "a" again', rest=hyperparameter('type = "string"\ntested = ["a", "a"]')),
    mistake(
        f"{HYPERPARAMETER}.tested",
        "within accepted, [1, 5], found 6",
        rest=hyperparameter('type = "integer"\ntested = [1, 6]\naccepted = [1, 5]'),
    ),
    mistake(
        f"{HYPERPARAMETER}.tested",
        'within accepted, ["a"], found "b"',
        rest=hyperparameter('type = "string"\ntested = ["a", "b"]\naccepted = ["a"]'),
    ),
    mistake(
        f"{HYPERPARAMETER}.accepted",
        "low not above high",
        rest=hyperparameter('type = "integer"\ntested = [1, 2]\naccepted = [3, 0]'),
    ),
    mistake(
        f"{HYPERPARAMETER}.default",
        "within accepted, [1, 5], found 9",
        rest=hyperparameter('type = "integer"\ntested = [1, 2]\naccepted = [1, 5]\ndefault = 9'),
    ),
    mistake(
        f"{HYPERPARAMETER}.default",
        "should be an integer, found 1.5",
        rest=hyperparameter('type = "integer"\ntested = [1, 2]\ndefault = 1.5'),
    ),
    mistake(
        f"{HYPERPARAMETER}.default",
        "leave one out",
        rest=hyperparameter('type = "integer"\ntested = [1, 2]\ndefault = 1\nrequired = true'),
    ),
    mistake(
        f"{HYPERPARAMETER}.tested",
        "two values that differ",
        rest=hyperparameter('type = "integer"\ntested = [1, 1]\nobservable = true'),
    ),
    mistake(
        f"{HYPERPARAMETER}.tested",
        "two values that differ",
        rest=hyperparameter('type = "string"\ntested = ["a"]\nobservable = true'),
    ),
    mistake(
        f"{HYPERPARAMETER}.observable",
        "needs something to observe",
        rest='[hyperparameters.h]\ntype = "integer"\ntested = [1, 2]\nobservable = true',
    ),
    mistake(HYPERPARAMETER, "no empty string among tested", rest=hyperparameter('type = "string"\ntested = [""]')),
    mistake(
        f"{HYPERPARAMETER}.range",
        "known are type, tested",
        rest=hyperparameter('type = "integer"\ntested = [1, 2]\nrange = 3'),
    ),
    # [interrupt]
    mistake(
        "interrupt.hyperparameters.epochs",
        "a declared hyperparameter, and none is declared",
        rest='[interrupt]\nhyperparameters = { epochs = "9" }',
    ),
    mistake(
        "interrupt.hyperparameters.epochs",
        "a declared hyperparameter, one of h",
        rest=hyperparameter('type = "integer"\ntested = [1, 2]\n[interrupt]\nhyperparameters = { epochs = "9" }'),
    ),
    mistake(
        "interrupt.hyperparameters.h",
        "should be a string, found 9",
        rest=hyperparameter('type = "integer"\ntested = [1, 2]\n[interrupt]\nhyperparameters = { h = 9 }'),
    ),
    mistake(
        "interrupt.hyperparameters.h",
        'reads as an integer, such as "3", found "many"',
        rest=hyperparameter('type = "integer"\ntested = [1, 2]\n[interrupt]\nhyperparameters = { h = "many" }'),
    ),
    mistake(
        "interrupt.hyperparameters.h",
        "reads as a finite number",
        rest=hyperparameter('type = "float"\ntested = [1, 2]\n[interrupt]\nhyperparameters = { h = "inf" }'),
    ),
    mistake(
        "interrupt.hyperparameters.h",
        'reads as "true" or "false"',
        rest=hyperparameter('type = "boolean"\ntested = [true]\n[interrupt]\nhyperparameters = { h = "1" }'),
    ),
    mistake(
        "interrupt.hyperparameters.h",
        "2500 characters at most",
        rest=hyperparameter(
            f'type = "string"\ntested = ["a"]\n[interrupt]\nhyperparameters = {{ h = "{"a" * 2501}" }}'
        ),
    ),
    mistake(
        "interrupt.hyperparameters.h",
        'within accepted, [1, 5], found "9"',
        rest=hyperparameter(
            'type = "integer"\ntested = [1, 2]\naccepted = [1, 5]\n[interrupt]\nhyperparameters = { h = "9" }'
        ),
    ),
    mistake("interrupt.after", "is not a regular expression", rest="[interrupt]\nafter = '('"),
    mistake("interrupt.after", "should be 1 to 500 characters long", rest='[interrupt]\nafter = ""'),
    # [limits]
    mistake("limits.memory_gb", "greater than or equal to 0.006, found 0", rest="[limits]\nmemory_gb = 0"),
    mistake("limits.memory_gb", 'should be a number, found "2G"', rest='[limits]\nmemory_gb = "2G"'),
    mistake("limits.memory_gb", "an integer of more than 30 digits", rest=f"[limits]\nmemory_gb = 1{'0' * 400}"),
    mistake("limits.timeout_s", "should be greater than 0, found -1", rest="[limits]\ntimeout_s = -1"),
    mistake("limits.timeout_s", "less than or equal to 2419200", rest="[limits]\ntimeout_s = 2419201"),
    mistake("limits.timeout_s", "should be a number, found true", rest="[limits]\ntimeout_s = true"),
    mistake("limits.artifact_gb", "should be greater than 0, found 0", rest="[limits]\nartifact_gb = 0.0"),
    mistake("limits.max_hosts", "greater than or equal to 1", rest="[limits]\nmax_hosts = 0"),
    mistake("limits.max_hosts", "less than or equal to 5, found 6", rest="[limits]\nmax_hosts = 6"),
    mistake("limits.gpus", "is reserved for a later version", rest="[limits]\ngpus = 1"),
    mistake("limits.timeout", 'did you mean "timeout_s"?', rest="[limits]\ntimeout = 9"),
]


@pytest.mark.parametrize(("text", "key", "phrase"), MISTAKES)
def test_mistake_is_named_at_its_key(tmp_path: Path, text: str, key: str, phrase: str) -> None:
    path = tmp_path / "algorithm.toml"
    path.write_text(text)
    with pytest.raises(ManifestError) as caught:
        load_manifest(path)
    message = str(caught.value)
    lines = [line for line in message.removeprefix(f"{path}: ").split("\n") if line.strip().startswith(f"{key}")]
    assert message.startswith(str(path))
    assert any(phrase in line for line in lines), message
    assert len(caught.value.problems) == 1, message


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("schema_version = 1\n[algorithm\n", "line 2, column 11: "),
        ("schema_version = 1\nname = = 2\n", "line 2, column 8: "),
        ("a = 1\na = 2\n", "line 2, column 6: "),
        ('a = "unterminated', "line 1, column 18: "),
        ("a = 2024-13-45\n", "line 1, column 9: "),
        ("a = \x00\n", "line 1, column 5: "),
    ],
)
def test_toml_syntax_errors_name_line_and_column(tmp_path: Path, text: str, place: str) -> None:
    path = tmp_path / "algorithm.toml"
    path.write_text(text)
    with pytest.raises(ManifestError) as caught:
        load_manifest(path)
    assert str(caught.value).startswith(f"{path}: {place}")
    assert str(caught.value).isprintable()


def test_all_mistakes_are_listed_at_once(tmp_path: Path) -> None:
    path = tmp_path / "algorithm.toml"
    path.write_text(
        manifest(
            algorithm='name = ""\ntargets = ["moon"]',
            columns=LABEL + "minimum = 2\nmaximum = 1\n",
            channel="min_rows = 0",
            rest="[limits]\nmemory = 2\n[interrupt]\nafter = '('",
        )
    )
    with pytest.raises(ManifestError) as caught:
        load_manifest(path)
    keys = [line.split(":")[0].strip() for line in str(caught.value).splitlines()[1:]]
    assert str(caught.value).splitlines()[0] == f"{path} has 8 mistakes:"
    assert keys == [
        "algorithm.name",
        "algorithm.targets[0]",
        "channels.train.min_rows",
        "channels.train.columns[0].minimum",
        "channels.train.columns[0].values[0]",
        "channels.train.columns[0].values[1]",
        "interrupt.after",
        "limits.memory",
    ]


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        (b"# \xff\n", "line 1, column 3: byte 0xff is not valid UTF-8"),
        (b"a = 1\nb = '\xc3'\n", "line 2, column 6: byte 0xc3 is not valid UTF-8"),
        (b"a = " + b"[" * 100_000, "nested too deeply"),
        (b"a = " + b"1" * 5000, "a value that cannot be read"),
        (b"", "has 3 mistakes"),
    ],
)
def test_bytes_that_are_no_toml(tmp_path: Path, text: bytes, phrase: str) -> None:
    path = tmp_path / "algorithm.toml"
    path.write_bytes(text)
    with pytest.raises(ManifestError) as caught:
        load_manifest(path)
    assert phrase in str(caught.value)


def test_found_text_cannot_reach_the_terminal_as_control_characters(tmp_path: Path) -> None:
    path = tmp_path / "algorithm.toml"
    path.write_text(manifest(column='type = "\\u001b[2J\\u009b1m\\u202e"', rest='"\\u001b[2J" = 1'))
    with pytest.raises(ManifestError) as caught:
        load_manifest(path)
    assert all(line.isprintable() for line in str(caught.value).splitlines())
