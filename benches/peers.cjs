// Compares two documents with a peer and prints how much it found.
//
// usage: node peers.cjs PEER BEFORE AFTER, with NODE_PATH where the peers are installed
const fs = require("fs");
const [peer, ...files] = process.argv.slice(2);
const [before, after] = files.map((file) => JSON.parse(fs.readFileSync(file)));
const compare = {
  "api-smart-diff": () => require("api-smart-diff").apiDiff(before, after),
  "fast-json-patch": () => require("fast-json-patch").compare(before, after),
};
console.log(compare[peer]().length);
