#!/bin/sh
# Finds an interpreter on this machine.
#   tools/find_python.sh any              the first that is new enough for this project
#   tools/find_python.sh other PYTHON     one that gets the other line of PyAV than PYTHON does
#   tools/find_python.sh explain PYTHON   says that there is no such interpreter
# PyAV 18 is the last line for Python 3.11; Python 3.12 and newer get PyAV 19.
set -eu

# A Debian python3 without its venv package, PyPy and interpreters too new to have wheels are of no use.
is() {
    "$1" -c "import sys, venv, ensurepip; sys.exit(sys.implementation.name != 'cpython' or not ($2))" >/dev/null 2>&1
}

candidates() {
    for name in python3 python3.11 python3.12 python3.13 python3.14; do
        command -v "$name" || true
    done
    for path in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/python3 "$HOME"/.local/share/uv/python/*/bin/python3; do
        [ -x "$path" ] && echo "$path"
    done
    return 0
}

first() {
    candidates | while read -r path; do
        if is "$path" "$1"; then
            echo "$path"
            break
        fi
    done
}

python=${2:-python3}
if is "$python" "sys.version_info >= (3, 12)"; then
    wanted="Python 3.11, which gets PyAV 18" test="sys.version_info[:2] == (3, 11)"
else
    wanted="Python 3.12 to 3.14, which gets PyAV 19" test="(3, 12) <= sys.version_info < (3, 15)"
fi

case $1 in
any) first "sys.version_info >= (3, 11)" ;;
other) first "$test" ;;
explain)
    echo "NOT RUN: the media tests on the other line of PyAV. No $wanted, was found."
    echo "         Name one to run them: make unit-other OTHER_PYTHON=/path/to/python"
    ;;
esac
