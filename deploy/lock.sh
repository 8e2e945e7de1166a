#!/bin/sh
# Write the lock files anew: every version pinned, every file with its hash, no download addresses.
set -eu
cd "$(dirname "$0")/.."
uv=uv
command -v uv >/dev/null 2>&1 || uv=.bootstrap/bin/uv
[ -x "$(command -v $uv)" ] || { echo "✗ Run 'make run' once first: it brings uv." >&2; exit 1; }

compile() { # compile OUTPUT SOURCE [options]
    output=$1
    shift
    "$uv" pip compile --quiet --universal --generate-hashes --no-emit-index-url --custom-compile-command "make lock" \
        --output-file "$output" "$@"
    echo "✓ $output"
}

compile requirements.lock pyproject.toml --python-version 3.11
compile requirements-dev.lock pyproject.toml --group dev --python-version 3.11
compile deploy/node.txt deploy/node.in --python-version 3.11
compile deploy/uv.txt deploy/uv.in --python-version 3.9
