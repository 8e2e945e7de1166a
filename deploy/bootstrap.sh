#!/bin/sh
# Everything that happens before there is a .venv: uv, Python 3.11, the locked packages, the project itself.
# What comes after (front end, database, training) is Python: bot/setup.py.
#
#   deploy/bootstrap.sh run    the packages the service needs
#   deploy/bootstrap.sh dev    those, and the tools for tests and lint
#
# Nothing is installed again while the lock file stays the same, and `run` never removes the tools of `dev`.
set -eu
cd "$(dirname "$0")/.."
kind=${1:-run}
venv=.venv
state_file=$venv/.doorwijzer-lock
log=.bootstrap/install.log
mkdir -p .bootstrap

fail() {
    printf '\n✗ %s\n' "$1" >&2
    exit 1
}

# Turn what a package tool printed into one line that says what to do.
explain() {
    if grep -qiE 'no space left on device|disk quota exceeded' "$log"; then
        fail "The disk is full. Make about 3 GB free and run the command again."
    elif grep -qiE 'error: command .*(gcc|cc|clang)|(gcc|clang|cc1?): (not found|no such file)|unable to find a compiler|compiler.* not found' "$log"; then
        fail "A package must be compiled and there is no C compiler. Install one (Debian: apt-get install build-essential; macOS: xcode-select --install)."
    elif grep -qiE 'hash mismatch|do not match the hashes' "$log"; then
        fail "A downloaded package is not the one in the lock file (hash mismatch). Nothing was installed. See $log."
    elif grep -qiE 'network|dns error|failed to (fetch|lookup)|connect|timed out|name resolution|offline|unreachable|no matching distribution' "$log"; then
        fail "The packages could not be fetched: no network, or a proxy in between. Check the connection (or HTTPS_PROXY) and run the command again. Details: $log."
    elif grep -qiE 'permission denied|read-only file system' "$log"; then
        fail "This folder cannot be written to. Details: $log."
    fi
    fail "$1 Details: $log."
}

attempt() { # attempt "what failed" command...
    sentence=$1
    shift
    "$@" >"$log" 2>&1 || explain "$sentence"
}

digest() { # one checksum over some files
    cat "$@" | cksum | tr ' ' '-'
}

find_uv() {
    if command -v uv >/dev/null 2>&1; then
        uv=uv
    elif [ -x .bootstrap/bin/uv ]; then
        uv=.bootstrap/bin/uv
    else
        command -v python3 >/dev/null 2>&1 || fail "Neither uv nor python3 was found. Install one of them (Debian: apt-get install python3-venv)."
        attempt "No environment could be made with python3 -m venv; on Debian: apt-get install python3-venv." python3 -m venv .bootstrap
        attempt "uv could not be installed." .bootstrap/bin/python -m pip install --quiet --require-hashes -r deploy/uv.txt
        uv=.bootstrap/bin/uv
    fi
}

make_venv() {
    if [ -x $venv/bin/python ] && $venv/bin/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
        return
    fi
    "$uv" venv --quiet --clear --python 3.11 $venv >"$log" 2>&1 ||
        fail "Python 3.11 was not found and could not be fetched. Install it (Debian: apt-get install python3.11; macOS: brew install python@3.11; or: uv python install 3.11) and run the command again."
}

install_project() {
    # The checkout is put on the path by one line in the environment; the command is a four-line script.
    site=$($venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    pwd >"$site/doorwijzer.pth"
    cat >$venv/bin/doorwijzer <<SCRIPT
#!/bin/sh
exec "$(pwd)/$venv/bin/python" -m bot.cli "\$@"
SCRIPT
    chmod +x $venv/bin/doorwijzer
}

started=$(date +%s)
lock=requirements.lock
if [ "$kind" = dev ] || grep -q '^dev ' $state_file 2>/dev/null; then
    kind=dev
    lock=requirements-dev.lock
fi
wanted="$kind $(digest $lock) $(pwd)"
if [ -x $venv/bin/python ] && [ "$(cat $state_file 2>/dev/null)" = "$wanted" ]; then
    echo "[1/6] packages: as locked"
    exit 0
fi
echo "[1/6] packages: installing what $lock names …"
find_uv
make_venv
rm -f $state_file
attempt "The packages could not be installed." "$uv" pip sync --quiet --python $venv/bin/python --require-hashes "$lock"
install_project
rm -f $venv/.doorwijzer-language-model # the sync has removed it: it is not in the lock
echo "$wanted" >$state_file
echo "[1/6] packages: installed ($(($(date +%s) - started)) s)"
