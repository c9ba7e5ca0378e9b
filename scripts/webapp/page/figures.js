/** Numbers and times as people read them. */

const WHOLE = new Intl.NumberFormat("en");

/** 12345 to "12,345". */
export function formatCount(number) {
  return WHOLE.format(number);
}

/** "1 job", "3 jobs". */
export function count(number, noun) {
  return `${formatCount(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** Seconds to "0:07" or "1:02:03". */
export function formatClock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [Math.floor(whole / 60) % 60, whole % 60];
  if (whole >= 3600) parts.unshift(Math.floor(whole / 3600));
  return parts.map((part, place) => (place ? String(part).padStart(2, "0") : part)).join(":");
}

/** Seconds to "7.4 s", "2 min" or "3 h 10 min". */
export function formatSpan(seconds) {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Processing over audio to "4.2x real time". */
export function formatPace(realTimeFactor) {
  return realTimeFactor > 0 ? `${(1 / realTimeFactor).toFixed(1)}× real time` : "";
}

/** Time of day for today, else the date. */
export function formatMoment(moment) {
  const date = new Date(moment);
  const isToday = date.toDateString() === new Date().toDateString();
  const time = { hour: "2-digit", minute: "2-digit" };
  return isToday
    ? date.toLocaleTimeString([], time)
    : date.toLocaleString([], { day: "numeric", month: "short", ...time });
}

/** Join what there is to one line. */
export function join(...facts) {
  return facts.filter(Boolean).join(" · ");
}
