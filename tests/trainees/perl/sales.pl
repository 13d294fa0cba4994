# A conforming training container in Perl, with what comes with Debian alone: mean sales by kind, drawn to a prior.
use strict;
use warnings;

my $FAILURE = '/opt/ml/output/failure';
my $CONFIG  = '/opt/ml/input/config/hyperparameters.json';
my @COLUMNS = qw(day kind price pieces);
my @KINDS   = ('bread', 'cake', "s\xc3\xbc\xc3\x9fes");
my $rows    = 0;

$| = 1;
$SIG{TERM} = sub { say_so('stopped'); exit 143 };
# What Perl itself complains about may hold cells.
$SIG{__DIE__} = sub { fail('unforeseen error') };
main();

sub say_so { print STDOUT '[', sprintf('%.1f', times()), " s] sales: @_\n" }

# Tell the cause in the log and in the failure file, in at most 1024 bytes, and end with 1.
sub fail {
    my ($cause) = @_;
    $cause = substr($cause, 0, 1000);
    # A character that was cut in two.
    chop $cause while length $cause && !utf8::decode(my $copy = $cause);
    print STDERR "sales: $cause\n";
    if (open my $file, '>', $FAILURE) { print {$file} $cause; close $file }
    else { print STDERR "sales: $FAILURE cannot be written\n" }
    exit 1;
}

sub main {
    say_so('the environment has ' . keys(%ENV) . ' variables');
    my %asked = hyperparameters();
    my $format = lc($ENV{FILE_FORMAT} // 'csv');
    fail('FILE_FORMAT is ' . printable($format) . ', where csv is all that is read') if $format ne 'csv';
    my $channel = $ENV{SM_CHANNEL_TRAIN} // '/opt/ml/input/data/train';
    fail("channel train: $channel is not a directory") unless -d $channel;
    my @files = sort { $a cmp $b } files($channel, '');
    fail("channel train: there are no rows in $channel") unless @files;
    my %sums;
    for my $file (@files) {
        say_so('reading the next of ' . @files . ' files');
        read_file($channel, $file, \%asked, \%sums);
    }
    say_so("$rows rows in all");
    fail("channel train: there are no rows in $channel") unless $rows;
    my %model;
    my $objective = 0;
    for my $kind (0 .. $#KINDS) {
        my ($count, $sales) = @{ $sums{$kind} // [0, 0] };
        $model{$kind} = $sales / ($count + $asked{prior});
        $objective += ($kind + 1) * $model{$kind} + $count / ($asked{prior} + 3);
        say_so("kind number $kind is done") for 1 .. 20;
    }
    say_so(sprintf 'objective %.12g', $objective);
    save(\%model);
}

sub save {
    my ($model) = @_;
    my $directory = $ENV{SM_MODEL_DIR} // '/opt/ml/model';
    mkdir $directory unless -d $directory;
    my $text = join '', map { sprintf "%d %.12g\n", $_, $model->{$_} } sort keys %$model;
    my $written = open my $file, '>', "$directory/.sales";
    $written &&= print {$file} $text;
    $written &&= close $file;
    $written &&= rename "$directory/.sales", "$directory/sales.txt";
    if (!$written) {
        unlink "$directory/.sales";
        fail("the model cannot be written to $directory");
    }
    say_so('the model is saved');
}

sub files {
    my ($top, $below) = @_;
    opendir my $directory, "$top/$below" or fail('channel train: a directory in it cannot be read');
    my @found;
    for my $name (readdir $directory) {
        next if $name =~ /^[._]/ || $name =~ /\.crc\z/;
        my $path = $below eq '' ? $name : "$below/$name";
        if (-d "$top/$path") { push @found, files($top, $path) }
        elsif (!-f _) { fail("channel train: $path is not a regular file") }
        elsif (-s _) { push @found, $path }
    }
    return @found;
}

sub read_file {
    my ($channel, $name, $asked, $sums) = @_;
    open my $file, '<:raw', "$channel/$name" or fail("file $name of channel train cannot be opened");
    my $text = do { local $/; <$file> };
    fail("file $name of channel train is not text: it holds NUL") if $text =~ /\0/;
    fail("file $name of channel train is not UTF-8 text") unless utf8::decode(my $copy = $text);
    $text =~ s/^\xef\xbb\xbf//;
    my @cells;
    my $record = 1;
    while ($text =~ /\G(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|\z)/gc) {
        my ($quoted, $plain, $end) = ($1, $2, $3);
        my $empty = !@cells && !defined $quoted && $plain eq '' && $end ne ',';
        if (!$empty) {
            my $cell = $quoted // $plain;
            $cell =~ s/""/"/g;
            push @cells, $cell;
            if ($end ne ',') {
                row("file $name of channel train, record $record", \@cells, $asked, $sums);
                @cells = ();
                $record++;
            }
        }
        last if $end eq '';
    }
    fail("file $name of channel train, record $record: not a record of CSV") if (pos($text) // 0) < length $text;
}

sub row {
    my ($where, $cells, $asked, $sums) = @_;
    fail("$where: " . @$cells . ' fields, where there are ' . @COLUMNS . ' columns') if @$cells != @COLUMNS;
    my ($day, $kind, $price, $pieces) = @$cells;
    fail("$where: column day is not a date") unless $day =~ /^(\d{4})-(\d\d)-(\d\d)\z/ && $2 <= 12 && $3 <= 31;
    my $weekday = weekday($1, $2, $3);
    my ($number) = grep { $KINDS[$_] eq $kind } 0 .. $#KINDS;
    fail("$where: column kind is none of those that are known") unless defined $number;
    fail("$where: column price is not a number") unless $price =~ /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\z/;
    fail("$where: column pieces is not an integer") unless $pieces =~ /^(?:[+-]?\d+)?\z/;
    $rows++;
    say_so("$rows rows so far") if $rows % 10 == 0;
    return if $asked->{weekdays} eq 'working' && $weekday > 5;
    $sums->{$number}[0] += 1;
    $sums->{$number}[1] += $price * ($pieces eq '' ? 1 : 1 + $pieces) * (1 + $weekday / 16);
}

# 1 for Monday; Zeller's congruence.
sub weekday {
    my ($year, $month, $day) = @_;
    if ($month < 3) { $month += 12; $year-- }
    my $from_saturday =
        ($day + int(13 * ($month + 1) / 5) + $year + int($year / 4) - int($year / 100) + int($year / 400)) % 7;
    return ($from_saturday + 5) % 7 + 1;
}

sub hyperparameters {
    my %asked = (prior => 1.0, weekdays => 'all');
    return %asked unless -e $CONFIG;
    open my $file, '<:raw', $CONFIG or fail('hyperparameters.json cannot be read');
    my $text = do { local $/; <$file> };
    my $string = qr/"((?:[^"\\]|\\.)*)"/s;
    fail('hyperparameters.json is not a JSON object') unless $text =~ /\G\s*\{\s*/gc;
    until ($text =~ /\G\}\s*\z/gc) {
        $text =~ /\G$string\s*:\s*$string\s*(?:,\s*(?=")|(?=\}))/gc
            or fail('hyperparameters.json is not a JSON object of strings');
        my ($name, $value) = map { unescaped($_) } $1, $2;
        # The SDK writes strings as JSON once more.
        $value = unescaped($1) if $value =~ /^$string\z/;
        $asked{$name} = $value if exists $asked{$name};
    }
    fail('hyperparameter prior is not a number from 0.001 to 1000')
        unless $asked{prior} =~ /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\z/
        && $asked{prior} >= 0.001 && $asked{prior} <= 1000;
    fail('hyperparameter weekdays is neither all nor working') unless $asked{weekdays} =~ /^(?:all|working)\z/;
    return %asked;
}

sub unescaped {
    my ($text) = @_;
    my %short = (n => "\n", t => "\t", r => "\r", b => "\b", f => "\f");
    $text =~ s{\\(?:u([0-9a-fA-F]{4})|(.))}{
        my $character = defined $1 ? chr hex $1 : $short{$2} // $2;
        utf8::encode($character) if defined $1;
        $character
    }gse;
    return $text;
}

sub printable {
    my ($text) = @_;
    $text =~ s/[^ -~]/?/g;
    return substr($text, 0, 60);
}
