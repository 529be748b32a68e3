/** @param {number | null} ms */
export function formatMs(ms) {
  if (ms === null) return 'unknown';
  if (ms >= 10_000) return `${Math.round(ms / 1_000)} s`;
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(1)} s`;
  return ms >= 10 || ms === 0 ? `${Math.round(ms)} ms` : `${ms.toFixed(1)} ms`;
}

/** @param {number} perSecond */
export function formatRate(perSecond) {
  return perSecond > 0 && perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond).toLocaleString('en');
}

/** @param {number} atMs */
export function formatTime(atMs) {
  return new Date(atMs).toLocaleTimeString('en-GB');
}
