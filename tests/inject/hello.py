"""A standard run: arguments, output, the environment, files, a subtask, and one that has to be stopped."""

import os

from capsule import task


@task(name="double", compute="LOW", ram="64MB")
def double(number):
    return number * 2


@task(name="spin", timeout="10ms")
def spin():
    while True:
        pass


@task(name="main", allowed_files=["data"], env_variables=["INJECT_WHO"])
def main(number):
    print("hello", os.environ["INJECT_WHO"])
    with open("/data/in.txt") as file:
        text = file.read()
    with open("/data/out.txt", "w") as file:
        file.write(text)
    answer = double(number)
    if not answer["success"]:
        raise RuntimeError(answer["error"]["message"])
    ended = spin()["error"]["error_type"]
    if ended != "timeout":
        raise RuntimeError(ended)
    return {"text": text, "double": answer["result"], "files": sorted(os.listdir("/data"))}
