// Times as texts and back: functions of their arguments, no clock is read.

export function isoTime(millis: number): string {
  return new Date(millis).toISOString();
}

/** Milliseconds of a text; NaN: it is no time. */
export function parseTime(text: string): number {
  return Date.parse(text);
}
