"""Stands in for setuptools while pip downloads a source distribution.

pip insists on metadata before it keeps the file.  This backend answers from
PKG-INFO, so that no setup.py runs; it can build nothing.
"""
