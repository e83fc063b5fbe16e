"""`python -m sample DIR` writes the demo landscape to DIR."""

import sys
from pathlib import Path

from sample.generate import generate

if len(sys.argv) != 2:
    sys.exit("usage: python -m sample DIR")
sample = generate(Path(sys.argv[1]))
sys.stdout.write(f"synthetic layers: {sample.layers_dir}\nsynthetic plots:  {sample.plots_file}\nwhat to expect:   {sample.truth_file}\n")
