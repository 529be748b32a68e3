/** SQLSTATE disk_full. */
const DISK_FULL = '53100';

/** The disk of the database server is full: shown without a stack. */
export class DatabaseDiskFullError extends Error {
  override readonly name = 'DatabaseDiskFullError';
}

/** Names the server whose disk is full; returns the error as it is when it is about something else. */
export function orDiskFull(error: unknown, url: string): unknown {
  const { code, message } = error as { code?: string; message?: string };
  if (code !== DISK_FULL) return error;
  return new DatabaseDiskFullError(
    `The disk of ${new URL(url).host} is full (${message}); make room there, then run this again.`,
    { cause: error },
  );
}
