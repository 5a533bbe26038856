// Node's fetch: `node --experimental-websocket node.js URL`.
const { readFileSync } = require("node:fs");
const { join } = require("node:path");

const checks = new Function(readFileSync(join(__dirname, "fetch_checks.js"), "utf8") + "; return checks;")();
checks(process.argv[2], true).then((told) => console.log(told));
