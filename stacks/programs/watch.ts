export async function watch(): Promise<Record<string, unknown>> { return {}; }
