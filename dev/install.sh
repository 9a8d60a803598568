#!/bin/sh
# Makes .venv with the pinned packages of requirements-dev.txt, once: again only when that
# list changes or the Python below it is gone. Needs a Python 3.11 or newer, nothing else.
# PYTHON=/path/to/python3.12 chooses one.
set -eu
cd -- "$(dirname -- "$0")/.."

stamp=.venv/installed
wanted=$(cksum < requirements-dev.txt)

works() { .venv/bin/python -c "import pip" > /dev/null 2>&1; }

if works && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
    exit 0
fi

new_enough() { "$1" -c "import sys; sys.exit(sys.version_info < (3, 11))" > /dev/null 2>&1; }
complete() { "$1" -c "import venv, ensurepip" > /dev/null 2>&1; }

found= incomplete=
for candidate in ${PYTHON:+"$PYTHON"} \
    python3 python3.14 python3.13 python3.12 python3.11 python; do
    new_enough "$candidate" || continue
    if complete "$candidate"; then
        found=$candidate
        break
    fi
    incomplete=${incomplete:-$candidate}
done

if ! works; then
    if [ -z "$found" ] && [ -n "$incomplete" ]; then
        version=$("$incomplete" -c "import sys; print('%d.%d' % sys.version_info[:2])")
        echo "$incomplete is Python $version, but its venv module is missing." >&2
        echo "On Debian and Ubuntu: sudo apt-get install python$version-venv" >&2
        exit 1
    fi
    if [ -z "$found" ]; then
        echo "Python 3.11 or newer is needed and was not found (python3 is:" \
            "$(python3 --version 2>&1 || true))." >&2
        echo "With one at another place: PYTHON=/path/to/python3.12 make run" >&2
        exit 1
    fi
    echo "Creating .venv with $("$found" --version)"
    rm -rf .venv
    "$found" -m venv .venv
fi

echo "Installing the packages of requirements-dev.txt (once, about a minute)"
rm -f "$stamp"
.venv/bin/python -m pip install --disable-pip-version-check --no-input \
    --requirement requirements-dev.txt
echo "$wanted" > "$stamp"
