// What a copy that is handed over carries besides the source's own settings, until it takes the source's place.

/** Appended to postgresql.auto.conf, where the last line wins. */
export const NO_ARCHIVING = `# Added by ops restore: a copy must not archive into the repository of the cluster it was made from.
# Remove these lines when it takes that cluster's place.
archive_mode = 'off'
`;

/** The source's own text again. */
export function withoutOurs(settings: string): string {
  return settings.endsWith(NO_ARCHIVING) ? settings.slice(0, -NO_ARCHIVING.length) : settings;
}
