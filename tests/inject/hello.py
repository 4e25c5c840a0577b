"""A standard run: arguments, output, the environment, files, a subtask."""

import os

from capsule import task


@task(name="double", compute="LOW", ram="64MB")
def double(number):
    return number * 2


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
    return {"text": text, "double": answer["result"], "files": sorted(os.listdir("/data"))}
