#!/usr/bin/env bash
# curl against the handlers of `clients.py`: curl.sh URL. Prints each thing that works; the first that does not ends it.

set -euo pipefail
url=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

ask() { curl --silent --show-error --max-time 20 "$@"; }

expect() { # WHAT GOT EXPECTED
    if [[ $2 != "$3" ]]; then
        echo "$1: expected $3, got $2"
        exit 1
    fi
    echo "$1"
}

expect "GET" "$(ask "$url/hello")" "hello"
expect "HEAD" "$(ask --head --output /dev/null --write-out '%{http_code}' "$url/hello")" "200"
expect "HTTP/1.0" "$(ask --http1.0 "$url/hello")" "hello"
json='{"a":[1,2.5,null,"é"]}'
expect "POST of JSON" "$(ask --header 'Content-Type: application/json' --data "$json" "$url/json")" "$json"
expect "POST of a form" "$(ask --data-urlencode 'note=x y&é' --data b=2 "$url/form")" '{"note":"x y&é","b":"2"}'
head -c 100000 /dev/zero >"$folder/a.txt"
expect "POST of a multipart form with a file" \
    "$(ask --form b=2 --form "file=@$folder/a.txt;type=text/plain" "$url/form")" '{"b":"2","file":["a.txt",100000,"text/plain"]}'
# curl takes a backslash before quotes and backslashes itself, and sends %22 or, the other way, backslashes.
for way in --silent --form-escape; do
    expect "odd names in a multipart form, $way" \
        "$(ask $way --form "f=@$folder/a.txt;type=text/plain;filename=\"\\\"C:\\\\x\\\\\"" "$url/form")" \
        '{"f":["\"C:\\x\\",100000,"text/plain"]}'
done
# Larger than 1 MiB, so that curl asks first: Expect: 100-continue.
head -c 5000000 /dev/zero >"$folder/large"
sum='[5000000,'
expect "upload" "$(ask --request POST --upload-file "$folder/large" "$url/upload" | head -c ${#sum})" "$sum"
expect "chunked upload" "$(ask --request POST --upload-file - "$url/upload" <"$folder/large" | head -c ${#sum})" "$sum"
# The second piece is made when the first was read.
got=$(ask --no-buffer "$url/stream" | while read -r piece; do
    echo -n "$piece "
    if [[ $piece == first ]]; then ask --request POST --output /dev/null "$url/release"; fi
done)
expect "streamed answer" "$got" "first second "
expect "keep-alive" "$(ask --write-out '%{num_connects} ' --output /dev/null --output /dev/null --output /dev/null \
    "$url/client" "$url/client" "$url/client")" "1 0 0 "
for status in 204 400 404 418 503; do
    expect "status $status" "$(ask --output /dev/null --write-out '%{http_code}' "$url/status/$status")" "$status"
done
expect "500" "$(ask --output /dev/null --write-out '%{http_code}' "$url/fails")" "500"
echo all
