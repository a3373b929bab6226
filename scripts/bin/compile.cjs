// Compiles all sources beforehand, where the file system will only be read afterwards (k8s/ops-image/Dockerfile).
const { readdirSync } = require("node:fs");
const path = require("node:path");
const { compile } = require("./loader.cjs").register();

const ROOT = path.resolve(__dirname, "../..");

for (const room of ["k8s", "policies", "scripts", "stacks"])
  for (const file of readdirSync(path.join(ROOT, room), { recursive: true }))
    if (file.endsWith(".ts")) compile(path.join(ROOT, room, file));
