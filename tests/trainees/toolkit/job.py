"""The program that the toolkit runs: `small`, which keeps every rule when it is run by itself."""

import sys

from small.train import told, train

sys.excepthook = told
train()
