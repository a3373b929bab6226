// Loads modules one by one and prints, as JSON, what each of them started, wrote or left open on being loaded.
const { basename } = require("node:path");
let loading;
const done = [];
const watch = (name, names) => {
  const module = require(name);
  for (const one of names) {
    const real = module[one];
    module[one] = (...args) => {
      if (loading) done.push(`${loading} calls ${one}`);
      return real.apply(module, args);
    };
  }
};
watch("node:child_process", ["spawn", "fork", "exec", "execFile"]);
watch("node:fs", ["writeFileSync", "appendFileSync", "mkdirSync", "rmSync", "renameSync"]);
watch("node:fs/promises", ["writeFile", "readFile", "mkdir", "rm", "rename", "open"]);
watch("node:net", ["connect", "createConnection", "createServer"]);
// Whoever asks whether these are terminals opens them, and holds nothing by it.
void [process.stdin, process.stdout, process.stderr];
const files = JSON.parse(process.argv[2]);
for (const file of files) {
  loading = basename(file);
  const before = process.getActiveResourcesInfo().length;
  require(file);
  if (process.getActiveResourcesInfo().length > before)
    done.push(`${loading} holds ${process.getActiveResourcesInfo()}`);
}
loading = undefined;
console.log(JSON.stringify(done));
