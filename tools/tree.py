# SPDX-License-Identifier: BSD-2-Clause
"""The files of the source tree, for the checks: tracked ones, and new ones that git would add."""

import os
import subprocess


def files(*suffixes):
    """Paths from the root, sorted; those that end in one of the suffixes, or all."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], capture_output=True,
                            text=True)
    if listed.returncode == 0:
        paths = listed.stdout.splitlines()
    else:  # an unpacked archive
        paths = [os.path.join(where, name)[2:] for where, _, names in os.walk(".")
                 for name in names if not where.startswith(("./build", "./.git"))]
    return sorted({path for path in paths
                   if path.endswith(suffixes or "") and os.path.isfile(path)})


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()
