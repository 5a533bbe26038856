// Node's fetch uploads what the handlers of `refusals.py` refuse: `node refused.js URL`. The first upload that does not get its
// status ends it.
const url = process.argv[2];
const uploads = [[10_000, 50], [100_000, 50], [1_000_000, 50], [20_000_000, 12]];
const targets = [["/nowhere", 404], ["/hello", 405], ["/denied", 401], ["/denied-async", 401], ["/small", 413], ["/small-stream", 413]];

async function main() {
  for (const [size, count] of uploads) {
    for (let number = 0; number < count; number += 1) {
      const [path, expected] = targets[number % targets.length];
      const answer = await fetch(url + path, { method: "POST", body: Buffer.alloc(size, "x") });
      await answer.text();
      if (answer.status !== expected) throw new Error(`${size} bytes to ${path}: ${answer.status}, not ${expected}`);
    }
    console.log(`${count} of ${size} bytes`);
  }
  console.log("all");
}

main().catch((error) => {
  console.log(error, error.cause);
  process.exitCode = 1;
});
