export async function compute(): Promise<Record<string, unknown>> { return {}; }
