"""What the portable build runs: the program, or a child that it starts from a file of its own."""

import runpy
import sys

if sys.argv[1:2] == ["-P"]:  # as Python itself takes it: `-P FILE ARGUMENTS`
    del sys.argv[:2]
    runpy.run_path(sys.argv[0], run_name="__main__")
else:
    from dictation.cli import main

    sys.exit(main())
