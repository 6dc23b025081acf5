# shellcheck shell=sh
# Sourced by ./demo and ./check from the top of the checkout: `environment runtime` or `environment dev` leaves
# .venv with exactly the hashed packages of requirements/ and this checkout installed in place.
#
# PYTHON names the interpreter to use; without it the first fitting one on the path is taken.

say() { printf '%s\n' "$*" >&2; }

fits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    for python in ${PYTHON:-python3 python3.13 python3.12 python3.11 python}; do
        if fits "$python"; then
            return
        fi
    done
    say "Modelry needs Python 3.11 or newer; tried: ${PYTHON:-python3, python3.13, python3.12, python3.11, python}."
    say "Install one, or name it: PYTHON=/path/to/python3 $0"
    exit 1
}

create_venv() {
    find_python
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        say "$python comes without the modules venv and ensurepip. Install them and run $0 again:"
        say "    Debian, Ubuntu:  apt install python3-venv   (for a second Python: python3.11-venv, python3.12-venv, ...)"
        say "    others:          a Python that was built with ensurepip"
        exit 1
    fi
    say "Creating .venv with $("$python" --version)"
    "$python" -m venv --clear .venv
}

hashed_install() { .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input "$@"; }

# What an installation depends on: when this text is the one kept in .venv, there is nothing to do.
fingerprint() {
    printf '%s\n' "$PWD"
    cat pyproject.toml requirements/build.txt "requirements/$1.txt" | cksum
}

environment() {
    if ! { fits .venv/bin/python && .venv/bin/python -c 'import pip' 2>/dev/null; }; then
        create_venv
    fi
    stamp=.venv/modelry-$1
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(fingerprint "$1")" ]; then
        return
    fi
    rm -f "$stamp"
    say "Installing requirements/$1.txt into .venv (once; the packages are checked against their hashes)"
    # What builds is installed first and used as it is: an isolated build would fetch it a second time, without hashes.
    hashed_install --require-hashes -r requirements/build.txt
    hashed_install --require-hashes --no-build-isolation --use-pep517 -r "requirements/$1.txt"
    hashed_install --no-build-isolation --no-deps --editable .
    fingerprint "$1" >"$stamp"
    if [ "$1" = dev ]; then # dev.txt holds all of runtime.txt, in the same versions
        fingerprint runtime >.venv/modelry-runtime
    fi
}
