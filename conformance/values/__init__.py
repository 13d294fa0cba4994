"""The values that travel between the stages: image, job, run, and what is said of a rule. No I/O, no engine."""
