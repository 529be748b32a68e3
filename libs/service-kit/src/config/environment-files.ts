import { readFileSync } from 'node:fs';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the variables that are set. For each of `names` that is set as NAME_FILE, the value is the content
 * of that file without trailing line breaks, which is how containers receive secrets. An empty variable
 * counts as not set.
 *
 * `problems` has a line for each file that cannot be read and for each name that is set both ways.
 */
export function readEnvironment(
  environment: Environment,
  names: readonly string[],
): { given: Record<string, string>; problems: string[] } {
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && value !== '') given[name] = value;
  }
  const problems: string[] = [];
  for (const name of names) {
    const file = given[`${name}_FILE`];
    if (file === undefined) continue;
    if (given[name] !== undefined) {
      problems.push(`${name} and ${name}_FILE are both set: unset one of them`);
      continue;
    }
    try {
      given[name] = readFileSync(file, 'utf8').replace(/[\r\n]+$/, '');
    } catch (error) {
      problems.push(`${name}_FILE is "${file}": it cannot be read: ${(error as Error).message}`);
    }
  }
  return { given, problems };
}
