// Violations that a test injects into a copy of the repository, each with the line at which `ops check` must find it.

export interface Injected {
  rule: string;
  /** One clause that the finding must name. */
  clause: string;
  file: string;
  /** Text that is replaced; absent = the file is new. */
  find?: string;
  put: string;
  /** File that the finding must point at, where it is another one: what is missing here is missed there. */
  foundIn?: string;
  /** Text of the line that the finding must point at; default the first line of `put`. */
  at?: string;
}
