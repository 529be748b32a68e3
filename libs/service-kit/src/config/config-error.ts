/** The environment cannot work; `problems` has one line for each option, naming it, its value and the limit. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
  }
}
