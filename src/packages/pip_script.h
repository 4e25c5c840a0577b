/* What the host's Python is given to run pip with, as `python3 -E -c SCRIPT VERSION ARGUMENTS...`.
 *
 * Not to be had by options: nothing is imported from the working directory; and markers of dependencies
 * ("; sys_platform == 'win32'") and the Python that a package requires are judged for the sandbox, where `pip install` would
 * judge them for the Python it runs in. */
#ifndef CAP_PACKAGES_PIP_SCRIPT_H
#define CAP_PACKAGES_PIP_SCRIPT_H

#define CAP_PIP_MISSING 77 /* exit code: there is a Python and no pip */

#define CAP_PIP_SCRIPT                                                        \
    "import sys\n"                                                            \
    "sys.path[:] = [path for path in sys.path if path]\n"                     \
    "try:\n"                                                                  \
    "    from pip._internal.cli.main import main\n"                           \
    "    from pip._vendor.packaging import markers\n"                         \
    "except ImportError:\n"                                                   \
    "    sys.exit(77)\n"                                                      \
    "version = sys.argv.pop(1)\n"                                             \
    "markers.default_environment = lambda: {\n"                               \
    "    'implementation_name': 'cpython',\n"                                 \
    "    'implementation_version': version,\n"                                \
    "    'os_name': 'posix',\n"                                               \
    "    'platform_machine': 'wasm32',\n"                                     \
    "    'platform_python_implementation': 'CPython',\n"                      \
    "    'platform_release': '0.0.0',\n"                                      \
    "    'platform_system': 'wasi',\n"                                        \
    "    'platform_version': '0.0.0',\n"                                      \
    "    'python_full_version': version,\n"                                   \
    "    'python_version': '.'.join(version.split('.')[:2]),\n"               \
    "    'sys_platform': 'wasi',\n"                                           \
    "}\n"                                                                     \
    "try:\n"                                                                  \
    "    from pip._internal.resolution.resolvelib.candidates import RequiresPythonCandidate\n" \
    "    judge = RequiresPythonCandidate.__init__\n"                          \
    "    numbers = tuple(int(number) for number in version.split('.'))\n"     \
    "    RequiresPythonCandidate.__init__ = lambda self, py_version_info=None: judge(self, numbers)\n" \
    "except ImportError:\n"                                                   \
    "    pass\n"                                                              \
    "sys.exit(main(sys.argv[1:]))\n"

#endif
