// The contract's early morning (DR-BACKUP), in the words that Alibaba Cloud's services use for a time of day.
// Pure; Asia/Shanghai has no summer time, so its offset is a constant.

/** Minutes after midnight in Asia/Shanghai between which the contract's 凌晨 lies. */
export const EARLY_MORNING = { from: 0, to: 6 * 60 } as const;

const OFFSET = 8 * 60;
const DAY = 24 * 60;

/** True when the whole window, `18:00Z-19:00Z` in UTC, lies in the early morning of Asia/Shanghai. */
export function earlyMorning(windowInUtc: string): boolean {
  const match = /^(\d{2}):(\d{2})Z-(\d{2}):(\d{2})Z$/.exec(windowInUtc);
  if (!match) return false;
  const [fromHour = 0, fromMinute = 0, toHour = 0, toMinute = 0] = match.slice(1).map(Number);
  const from = (fromHour * 60 + fromMinute + OFFSET) % DAY;
  const length = (toHour * 60 + toMinute - (fromHour * 60 + fromMinute) + DAY) % DAY;
  return length > 0 && from >= EARLY_MORNING.from && from + length <= EARLY_MORNING.to;
}
