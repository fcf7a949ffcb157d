"""A program that answers "run N" on standard input with a time."""
import os
import subprocess
import sys


class Process:
    def __init__(self, command, environment=None):
        env = dict(os.environ, OMP_NUM_THREADS="1", **(environment or {}))
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)
        self.title = self.process.stdout.readline().strip()
        if not self.title:
            sys.exit(f"{command[0]} did not start: exit code {self.process.wait()}")

    def run(self, steps):
        self.process.stdin.write(f"run {steps}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()
