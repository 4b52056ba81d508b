#!/usr/bin/env bash
# Calls the running service from outside, as other teams do, with the real grpcurl:
#
#     tests/integration.sh                     starts the service here
#     tests/integration.sh 127.0.0.1:50051     calls one that runs, such as that of compose.yaml
#
# It waits for health, not for time. GRPCURL_FLAGS (default: -plaintext) is where TLS and credentials go.

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
    GRPC_PORT=0 METRICS_PORT=0 LOG_FORMAT=json PYTHONPATH=src "$PYTHON" -m market >"$log" 2>&1 &
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

ask() {
    # shellcheck disable=SC2086
    grpcurl ${GRPCURL_FLAGS:--plaintext} -max-time 5 "$@"
}

echo "waiting for $TARGET, one of the shop team's"  # mine
for _ in $(seq 150); do
    status=$(ask "$TARGET" grpc.health.v1.Health/Check 2>&1) || true
    [[ $status == *SERVING* && $status != *NOT_SERVING* ]] && break
    sleep 0.2
done
[[ $status == *SERVING* && $status != *NOT_SERVING* ]] || { echo "it is not serving: $status" >&2; exit 1; }

# grpcurl ends with 64 and the number of the status: what the service itself is to blame for fails.
failed=0
for rpc in $(ask "$TARGET" list | grep -v '^grpc\.' | while read -r service; do ask "$TARGET" list "$service"; done); do
    code=0
    said=$(ask -d '{}' "$TARGET" "${rpc%.*}/${rpc##*.}" 2>&1 >/dev/null) || code=$?
    case $code in
        0) echo "ok    $rpc" ;;
        66 | 77 | 78 | 79) echo "FAIL  $rpc: $said"; failed=1 ;;
        76) [[ $said == *"not written yet"* ]] && echo "todo  $rpc" || { echo "FAIL  $rpc: $said"; failed=1; } ;;
        6[0-9] | 7[0-9] | 80) echo "ok    $rpc (refused: $(sed -n 's/^ *Code: //p' <<<"$said"))" ;;
        *) echo "FAIL  $rpc: $said"; failed=1 ;;
    esac
done
exit $failed
