#!/usr/bin/env perl
# SPDX-License-Identifier: Apache-2.0
# usage: script/sayings.pl FILE... > sayings.cpp
# Some models say their words through a function of their own, say("...") or counted("one", "many", n), which lupdate does not know. This finds
# the literals in such calls and prints them as QT_TRANSLATE_NOOP with the context that the file's say() asks for.
use strict;
use warnings;

for my $file (@ARGV) {
    open(my $in, '<', $file) or die "$file: $!\n";
    my $text = do { local $/; <$in> };
    close($in);
    next unless $text =~ /QString say\(const char\* text\)\s*\{\s*return QCoreApplication::translate\(([^,]+), text\)/;
    my $context = $1;
    if ($context !~ /^"/) { # a constant of the file
        $text =~ /\b$context(?:\[\])?\s*=\s*("[^"]*")/ or die "$file: what is $context?\n";
        $context = $1;
    }
    while ($text =~ /\b(?:say|counted)\(/g) {
        my ($depth, $literal) = (1, '');
        while ($depth > 0 && $text =~ /\G(?:"((?:[^"\\]|\\.)*)"(\s*)|([()])|[^"()]+)/gc) {
            if (defined $3) {
                $depth += $3 eq '(' ? 1 : -1;
            } elsif (defined $1 && $depth == 1) {
                $literal .= "\"$1\" ";
                next if $text =~ /\G(?=")/; # goes on in the next literal
                print "QT_TRANSLATE_NOOP($context, $literal)\n";
                $literal = '';
            }
        }
    }
}
