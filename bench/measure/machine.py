"""What the figures were measured on."""

import datetime
import os
import platform
from pathlib import Path


def describe():
    """A JSON object; load is that of the minute before."""
    return {
        "cpu": cpu_name(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "kernel": platform.release(),
        "virtual": "hypervisor" in cpu_flags(),
        "load": round(os.getloadavg()[0], 1),
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
    }


def cpu_lines():
    try:
        return Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def cpu_name():
    return next((line.split(":", 1)[1].strip() for line in cpu_lines() if line.startswith("model name")), platform.machine())


def cpu_flags():
    return next((line.split(":", 1)[1].split() for line in cpu_lines() if line.startswith("flags")), [])


def sentence(machine):
    where = " (a virtual machine)" if machine["virtual"] else ""
    return (f"{machine['cores']} cores of {machine['cpu']}{where}, {machine['memory_gb']} GB, Linux {machine['kernel']}; "
            f"load {machine['load']} when it began, {machine['date']}")
