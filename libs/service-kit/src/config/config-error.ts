/** The environment is invalid. `problems` has one line for each option, with its name, value and limit. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
  }
}
