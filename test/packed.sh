#!/usr/bin/env bash
# The package as a user gets it: packed, installed into an empty folder, asked for its version, and its demo watched until it answers.
set -euo pipefail
cd "$(dirname "$0")/.."
export ONNXRUNTIME_NODE_INSTALL=skip
folder=$(mktemp -d)
demo=
finish() {
  [ -z "$demo" ] || kill "$demo" 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT

tarball=$(npm pack --silent --pack-destination "$folder" | tail -n 1)
cd "$folder"
printf '{"name":"empty","private":true}\n' > package.json
npm install --silent --no-progress "./$tarball" >/dev/null 2>&1

version=$(npx --no-install spectro2mqtt --version)
wanted=$(node -p "require('./node_modules/spectro2mqtt/package.json').version")
[ "$version" = "$wanted" ] || { echo "--version said $version, package.json $wanted"; exit 1; }
echo "installed: $(du -sm node_modules | cut -f1) MB, version $version"

node node_modules/spectro2mqtt/dist/src/cli/main.js demo > demo.log 2>&1 &
demo=$!
for _ in $(seq 120); do
  grep -q accepted demo.log && break
  kill -0 "$demo" 2>/dev/null || { cat demo.log; echo 'the demo ended by itself'; exit 1; }
  sleep 0.25
done
grep -m 1 accepted demo.log || { cat demo.log; echo 'no accepted answer within 30 s'; exit 1; }
kill -INT "$demo"
wait "$demo" || { echo "the demo ended with $?"; exit 1; }
demo=
echo 'the demo answered and ended cleanly'
