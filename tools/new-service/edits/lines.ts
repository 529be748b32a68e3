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
 * Repeats each line that names `word`, with `replacement` in its place: for files where each service has
 * whole lines of its own.
 *
 * @throws Error when no line names it
 */
export function repeatLines(text: string, word: string, replacement: string): string {
  if (!text.includes(word)) throw new Error(`no line names ${word}`);
  return text
    .split('\n')
    .flatMap((line) => (line.includes(word) ? [line, line.replaceAll(word, replacement)] : [line]))
    .join('\n');
}
