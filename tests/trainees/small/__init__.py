"""A small conforming training container in Python, and all its mutants.

The "model" is a fingerprint of the rows that does not depend on their order, and a loss made of it, the learning
rate and the epochs: any row, cell or hyperparameter that is lost on the way shows in the metrics.
"""
