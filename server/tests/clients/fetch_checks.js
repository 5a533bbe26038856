// What `fetch` and `WebSocket` of Node and of browsers are asked to do against the handlers of `clients.py`. Each line of
// the result is a thing that works; the first that does not is the last line, and begins with "failed".

async function checks(url, chunked) {
  const done = [];
  const expect = (what, got, expected) => {
    if (JSON.stringify(got) !== JSON.stringify(expected)) {
      throw new Error(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`);
    }
    done.push(what);
  };
  const post = async (path, body, headers = {}, more = {}) =>
    (await fetch(url + path, { method: "POST", body, headers, ...more })).json();

  const run = async () => {
    expect("GET", await (await fetch(url + "/hello")).text(), "hello");
    const value = { a: [1, 2.5, null, "\u00e9"] };
    expect("POST of JSON", await post("/json", JSON.stringify(value), { "Content-Type": "application/json" }), value);
    const fields = { note: "x y&\u00e9", b: "2" };
    expect("POST of a form", await post("/form", new URLSearchParams(fields)), fields);
    const form = new FormData();
    for (const [name, field] of Object.entries(fields)) form.append(name, field);
    form.append("file", new Blob(["x".repeat(100_000)], { type: "text/plain" }), "a.txt");
    const shown = { ...fields, file: ["a.txt", 100_000, "text/plain"] };
    expect("POST of a multipart form with a file", await post("/form", form), shown);
    const [quoted, path] = ["gr\u00fcn \"x\";=\\", "C:\\x\t\u0001\\"];
    const oddForm = new FormData();
    oddForm.append(quoted, new Blob(["x"], { type: "text/plain" }), path);
    oddForm.append(path, "y");
    expect("odd names in a multipart form", await post("/form", oddForm), { [quoted]: [path, 1, "text/plain"], [path]: "y" });
    const large = new Uint8Array(4 << 20).fill(120);
    expect("large upload", (await post("/upload", large))[0], large.length);
    if (chunked) {
      const pieces = new ReadableStream({
        start(controller) {
          for (let piece = 0; piece < 64; piece += 1) controller.enqueue(large.subarray(0, 1 << 16));
          controller.close();
        },
      });
      expect("chunked upload", (await post("/upload", pieces, {}, { duplex: "half" }))[0], 4 << 20);
    }
    const answer = await fetch(url + "/stream");
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    expect("first piece of a streamed answer", (await reader.read()).value, "first\n");
    await fetch(url + "/release", { method: "POST" });
    expect("rest of a streamed answer", (await reader.read()).value, "second\n");
    expect("end of a streamed answer", (await reader.read()).done, true);
    const connections = new Set();
    for (let request = 0; request < 6; request += 1) connections.add(await (await fetch(url + "/client")).text());
    expect("keep-alive", connections.size < 6, true);
    for (const status of [204, 400, 404, 418, 503]) {
      const got = await fetch(`${url}/status/${status}`);
      expect(`status ${status}`, [got.status, (await got.text()) !== ""], [status, status >= 400]);
    }
    expect("500", (await fetch(url + "/fails")).status, 500);
    expect("WebSocket", await talk(), ["text", 1024, 1000]);
  };

  const talk = () =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(url.replace("http:", "ws:") + "/socket");
      const got = [];
      socket.binaryType = "arraybuffer";
      socket.onopen = () => socket.send("text");
      socket.onerror = () => reject(new Error("WebSocket: an error"));
      socket.onmessage = ({ data }) => {
        got.push(typeof data === "string" ? data : data.byteLength);
        if (got.length === 1) socket.send(new Uint8Array(1024));
        else socket.close(1000);
      };
      socket.onclose = ({ code }) => resolve([...got, code]);
    });

  try {
    await run();
    done.push("all");
  } catch (error) {
    done.push(`failed: ${error.message} ${error.cause ?? ""}`);
  }
  return done.join("\n");
}
