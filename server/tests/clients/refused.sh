#!/usr/bin/env bash
# curl uploads what the handlers of `refusals.py` refuse: refused.sh URL. By HTTP/1.1, asking first or not, and by HTTP/2. The first
# upload that does not get its status ends it.

set -euo pipefail
url=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
targets=("/nowhere 404" "/hello 405" "/denied 401" "/denied-async 401" "/small 413" "/small-stream 413")

for upload in "10000 24" "100000 24" "5000000 12"; do
    read -r size count <<<"$upload"
    head -c "$size" /dev/zero >"$folder/body"
    for way in "--header Expect:" "--header Expect:100-continue" --http2-prior-knowledge; do
        read -ra options <<<"$way"
        for ((number = 0; number < count; number++)); do
            read -r path expected <<<"${targets[number % ${#targets[@]}]}"
            status=$(curl --silent --show-error --max-time 20 "${options[@]}" --data-binary "@$folder/body" \
                --output /dev/null --write-out '%{http_code}' "$url$path") || status="curl's $?"
            if [[ $status != "$expected" ]]; then
                echo "$way: $size bytes to $path: $status, not $expected"
                exit 1
            fi
        done
        echo "$way: $count of $size bytes"
    done
done
echo all
