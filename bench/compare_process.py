"""A program that answers "run N" on standard input with a time."""
import os
import subprocess
import sys

# What the launcher sets for Saddle serves PyTorch as well.
TUNABLES = ("glibc.malloc.hugetlb=1:glibc.malloc.mmap_max=0:"
            "glibc.malloc.trim_threshold=34359738368:glibc.malloc.top_pad=67108864")


class Process:
    def __init__(self, command):
        env = dict(os.environ, OMP_NUM_THREADS="1", GLIBC_TUNABLES=TUNABLES)
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)
        self.title = self.process.stdout.readline().strip()
        if not self.title:
            sys.exit(f"{command[0]} did not start: exit code {self.process.wait()}")

    def run(self, steps):
        return float(self.ask(f"run {steps}"))

    def ask(self, line):
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def close(self):
        self.process.stdin.close()
        self.process.wait()
