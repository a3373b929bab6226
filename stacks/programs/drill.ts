export async function drill(): Promise<Record<string, unknown>> { return {}; }
