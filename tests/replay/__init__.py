"""Tests of counterexamples that are run again."""
