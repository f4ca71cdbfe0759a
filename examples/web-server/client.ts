// Asks the web server for its listing and for a file.
//   client.js [tcp://HOST:PORT] [PATH]
const [address = "tcp://127.0.0.1:8080", path = "/files.ts"] = process.argv.slice(2);
const base = address.replace(/^tcp:/, "http:");

const listing = await fetch(`${base}/`);
console.log(`/: ${listing.status} ${listing.headers.get("content-type")}`);
const file = await fetch(`${base}${path}`, { headers: { range: "bytes=0-54" } });
console.log(`${path}: ${file.status} ${file.headers.get("content-range")}`);
console.log(await file.text());
