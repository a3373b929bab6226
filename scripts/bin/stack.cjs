// Stacks name lines of the sources. Node does that too (`--enable-source-maps`), but reads every map at the start, which is a
// sixth of a short command's time; most commands never show a stack.
const Module = require("node:module");

/** @param encodedMapOf source map of what runs (JSON), by file; undefined for a file that runs as it is */
exports.nameOwnLines = function nameOwnLines(encodedMapOf) {
  const maps = new Map();
  const mapOf = (file) => {
    if (!maps.has(file)) {
      const encoded = encodedMapOf(file);
      maps.set(file, encoded === undefined ? undefined : new Module.SourceMap(JSON.parse(encoded)));
    }
    return maps.get(file);
  };
  const shown = (frame) => {
    const found = mapOf(frame.getFileName())?.findEntry(
      frame.getLineNumber() - 1,
      frame.getColumnNumber() - 1,
    );
    if (found?.originalLine === undefined) return String(frame);
    return String(frame).replace(
      /:\d+:\d+(?=\)?$)/,
      `:${found.originalLine + 1}:${found.originalColumn + 1}`,
    );
  };
  Error.prepareStackTrace = (error, frames) =>
    [Error.prototype.toString.call(error), ...frames.map((frame) => `    at ${shown(frame)}`)].join("\n");
};
