"""A saved counterexample run again: fixed, still failing, or not testable."""
