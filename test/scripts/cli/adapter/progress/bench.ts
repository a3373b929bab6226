// A progress display on streams that remember, with a clock that is turned by hand.
import { createProgress, type ProgressOptions } from "../../../../../scripts/cli/adapter/progress";

export function bench(options: Partial<ProgressOptions> & Pick<ProgressOptions, "mode">) {
  const written = { stdout: "", stderr: "" };
  const clock = { seconds: 1000 };
  const into = (stream: keyof typeof written) => ({
    write(text: string) {
      written[stream] += text;
    },
  });
  const progress = createProgress({
    stdout: into("stdout"),
    stderr: into("stderr"),
    color: false,
    now: () => clock.seconds,
    ...options,
  });
  return {
    progress,
    written,
    clock,
    lines: (stream: "stdout" | "stderr") => written[stream].split("\n").slice(0, -1),
  };
}

/** A promise that is resolved by hand: keeps a phase open. */
export function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
