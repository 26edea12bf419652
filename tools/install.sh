#!/bin/sh
# Makes or updates a virtual environment with this project and the exact versions of constraints.txt.
#   tools/install.sh PYTHON VENV          for work on all of it
#   tools/install.sh PYTHON VENV media    for the tests of the media code alone
set -eu

python=$1
venv=$2
project='.[aws,google,objects,postgres,telemetry]' group=dev
[ "${3:-}" = media ] && project='.' group=test
cd "$(dirname "$0")/.."
export PIP_DISABLE_PIP_VERSION_CHECK=1

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    found=$("$python" --version 2>/dev/null) || found="not a Python that runs"
    echo "video-gen needs Python 3.11 or newer; '$python' is $found." >&2
    newer=$(tools/find_python.sh any)
    if [ -n "$newer" ]; then
        echo "This machine has $newer. Type: make PYTHON=$newer TARGET" >&2
    else
        echo "Install one, then type: make PYTHON=/path/to/python3.11 TARGET" >&2
    fi
    exit 1
fi

if [ -e "$venv/.ready" ] && [ "$venv/.ready" -nt pyproject.toml ] && [ "$venv/.ready" -nt constraints.txt ]; then
    exit 0
fi

echo "Installing into $venv with $("$python" --version 2>&1) ..."
"$python" -m venv "$venv"
# Dependency groups need pip 25.1; older interpreters bring an older one.
"$venv/bin/python" -m pip install --quiet --constraint constraints.txt --upgrade pip
"$venv/bin/python" -m pip install --quiet --constraint constraints.txt --build-constraint constraints.txt \
    --editable "$project" --group "$group"
touch "$venv/.ready"
