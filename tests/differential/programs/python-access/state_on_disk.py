"""Programs that keep something in a folder: JSON, CSV, an archive, a pickle, a configuration, a log."""

import configparser
import csv
import json
import logging
import os
import pickle
import zipfile


def json_counter():
    name = "data/count.json"
    count = json.load(open(name))["count"] if os.path.exists(name) else 0
    with open(name, "w") as file:
        json.dump({"count": count + 1}, file)
    return count + 1


def csv_table():
    with open("data/t.csv", "w", newline="") as file:
        csv.writer(file).writerows([["name", "n"], ["a, b", 1], ['say "x"', 2], ["two\nlines", 3]])
    with open("data/t.csv", newline="") as file:
        return list(csv.DictReader(file))


def archive():
    with zipfile.ZipFile("data/a.zip", "w") as file:
        file.writestr("inside/x.txt", "text")
        file.write("data/in.txt", "in.txt")
    with zipfile.ZipFile("data/a.zip") as file:
        names, text = file.namelist(), file.read("inside/x.txt").decode()
    os.unlink("data/a.zip")
    return [names, text]


def pickled():
    with open("data/p.pickle", "wb") as file:
        pickle.dump({"a": (1, {2}), "b": range(3)}, file)
    with open("data/p.pickle", "rb") as file:
        found = pickle.load(file)
    os.unlink("data/p.pickle")
    return [found["a"][0], list(found["b"])]


def configuration():
    parser = configparser.ConfigParser()
    parser.read_string("[main]\nname = x\n[more]\nvalue = %(name)s\nname = y\n")
    with open("data/c.ini", "w") as file:
        parser.write(file)
    return [parser["more"]["value"], open("data/c.ini").read()]


def log_file():
    handler = logging.FileHandler("data/run.log")
    handler.setFormatter(logging.Formatter("%(levelname)s:%(name)s:%(message)s"))
    logger = logging.getLogger("corpus")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    logger.info("first %s", "x")
    logger.debug("not shown")
    logger.error("second")
    handler.close()
    return open("data/run.log").read()


def broken_json():
    return json.load(open("data/in.txt"))


def atomic_write():
    with open("data/state.tmp", "w") as file:
        file.write("new state")
        file.flush()
        os.fsync(file.fileno())
    os.replace("data/state.tmp", "data/state")
    return sorted(os.listdir("data"))
