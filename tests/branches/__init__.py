"""Branch coverage of all processes that a test run starts, at next to no cost.

A tracer runs at every line, which doubles the processor time of the tests, and it writes down what
it saw when a process ends, which a killed process never does. Here each branch of the tree's code
sets a byte of its own in one file that all processes map into memory: marks.py compiles the code,
in_process.py loads it in each process, report.py is the plugin that begins and counts.
"""
