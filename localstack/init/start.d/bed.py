"""Loads the test bed into LocalStack, which runs this file inside its own process when it starts (an initialization hook)."""

import sys

from localstack import config

sys.path.insert(0, config.dirs.init)

import bed

bed.load()
