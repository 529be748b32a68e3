/**
 * Inserts a line after the last one that begins with `start`.
 *
 * @throws Error when there is none
 */
export function insertAfterLine(text: string, start: string, line: string): string {
  const lines = text.split('\n');
  const index = lines.findLastIndex((each) => each.startsWith(start));
  if (index === -1) throw new Error(`no line begins with ${start}`);
  return lines.toSpliced(index + 1, 0, line).join('\n');
}

/**
 * Repeats each line that names `role`, with `other` in its place: for files where each service has whole
 * lines of its own.
 *
 * @throws Error when no line names it
 */
export function repeatLines(text: string, role: string, other: string): string {
  const repeated = text.split('\n').flatMap((line) => {
    const copy = replaceRole(line, role, other);
    return copy === line ? [line] : [line, copy];
  });
  if (repeated.join('\n') === text) throw new Error(`no line names ${role}`);
  return repeated.join('\n');
}

/** Replaces a role where it is the whole name: `house_service` is not a part of `warehouse_service`. */
export function replaceRole(text: string, role: string, other: string): string {
  return text.replaceAll(new RegExp(`\\b${role}\\b`, 'g'), other);
}
