#!/usr/bin/env bash
# Calls the running service from outside, with grpcurl:
#
#     tests/integration.sh                     starts the service
#     tests/integration.sh 127.0.0.1:50051     calls a running one, such as that of compose.yaml
#
# It waits until health is SERVING. Set TLS and credentials in GRPCURL_FLAGS (default: -plaintext).

set -euo pipefail
cd "$(dirname "$0")/.."

command -v grpcurl >/dev/null || {
    echo "grpcurl is not installed: go install github.com/fullstorydev/grpcurl/cmd/grpcurl@latest" >&2
    exit 2
}

PYTHON=${PYTHON:-.venv/bin/python}
TARGET=${1:-}
if [ -z "$TARGET" ]; then
    log=$(mktemp)
    GRPC_PORT=0 METRICS_PORT=0 LOG_FORMAT=json PYTHONPATH=src "$PYTHON" -m chat >"$log" 2>&1 &
    service=$!
    trap 'kill "$service" 2>/dev/null || true; rm -f "$log"' EXIT
    port=""
    until [ -n "$port" ]; do
        kill -0 "$service" 2>/dev/null || { cat "$log" >&2; exit 1; }
        port=$(sed -n 's/.*"event": *"listening".*"grpc": *\([0-9]*\).*/\1/p' "$log")
        sleep 0.1
    done
    TARGET=127.0.0.1:$port
fi

call() {
    # shellcheck disable=SC2086
    grpcurl ${GRPCURL_FLAGS:--plaintext} -max-time 5 "$@"
}

echo "waiting for $TARGET"
for _ in $(seq 150); do
    status=$(call "$TARGET" grpc.health.v1.Health/Check 2>&1) || true
    [[ $status == *SERVING* && $status != *NOT_SERVING* ]] && break
    sleep 0.2
done
[[ $status == *SERVING* && $status != *NOT_SERVING* ]] || { echo "not SERVING: $status" >&2; exit 1; }

# grpcurl's exit code is 64 plus the status code; statuses that are the service's fault fail the test.
failed=0
for rpc in $(call "$TARGET" list | grep -v '^grpc\.' | while read -r service; do call "$TARGET" list "$service"; done); do
    code=0
    error=$(call -d '{}' "$TARGET" "${rpc%.*}/${rpc##*.}" 2>&1 >/dev/null) || code=$?
    case $code in
        0) echo "ok    $rpc" ;;
        66 | 77 | 78 | 79) echo "FAIL  $rpc: $error"; failed=1 ;;
        76) [[ $error == *"not written yet"* ]] && echo "todo  $rpc" || { echo "FAIL  $rpc: $error"; failed=1; } ;;
        6[0-9] | 7[0-9] | 80) echo "ok    $rpc (refused: $(sed -n 's/^ *Code: //p' <<<"$error"))" ;;
        *) echo "FAIL  $rpc: $error"; failed=1 ;;
    esac
done
exit $failed
