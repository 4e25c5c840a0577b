"""pyeryx: every execute() of a sandbox starts afresh."""

import json

import eryx
from serve import MEASURE, serve

sandbox = eryx.Sandbox()
# The suite's programs run for minutes in all; its default limits are for short ones.
patient = eryx.Sandbox(resource_limits=eryx.ResourceLimits(execution_timeout_ms=600_000))


def call():
    if sandbox.execute("print('hello')").stdout.strip() != b"hello":
        raise RuntimeError("no hello")


def work(source, repetitions):
    return json.loads(patient.execute(source + MEASURE % repetitions).stdout)


serve(call, work)
