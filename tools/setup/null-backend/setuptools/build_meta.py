"""Build hooks (PEP 517) that copy metadata and execute nothing."""

import email.parser
import os
import shutil
import sys


def get_requires_for_build_wheel(config_settings=None):
    return []


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    with open("PKG-INFO", encoding="utf-8") as file:
        headers = email.parser.HeaderParser().parse(file)
    name = f"{headers['Name'].replace('-', '_')}-{headers['Version']}.dist-info"
    folder = os.path.join(metadata_directory, name)
    os.mkdir(folder)
    shutil.copyfile("PKG-INFO", os.path.join(folder, "METADATA"))
    return name


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    raise RuntimeError("source distributions are downloaded here, never built")


# pip's name for the backend of projects that declare none.
__legacy__ = sys.modules[__name__]
