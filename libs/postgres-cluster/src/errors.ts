/** Root of all errors that this library throws on purpose; the facts are in the fields of its subclasses. */
export class PostgresClusterError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A port that the cluster was told to use is taken. */
export class PortInUseError extends PostgresClusterError {
  constructor(
    readonly port: number,
    readonly host: string,
    needed: string,
  ) {
    super(`Port ${port} on ${host} is already in use (needed for ${needed}).`);
  }
}

/** Another living process owns the data directory. */
export class DirectoryInUseError extends PostgresClusterError {
  constructor(
    readonly directory: string,
    readonly ownerPid: number,
  ) {
    super(`The cluster directory ${directory} is in use by process ${ownerPid}; stop that process first.`);
  }
}

/** The data directory cannot be used as it is; the message says why. */
export class DirectoryError extends PostgresClusterError {
  constructor(
    readonly directory: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`The cluster directory ${directory} ${reason}`, options);
  }
}

/** The requested major version of PostgreSQL is not installed; the message says which are. */
export class PostgresVersionError extends PostgresClusterError {}

/** A PostgreSQL program exited before it had done its work; `log` is the end of its output. */
export class PostgresProcessError extends PostgresClusterError {
  constructor(
    message: string,
    readonly log: string,
  ) {
    super(log === '' ? message : `${message}\n${log}`);
  }
}

/** Something did not happen in time; `waitedMs` is the limit that passed. */
export class WaitTimeoutError extends PostgresClusterError {
  constructor(
    readonly what: string,
    readonly waitedMs: number,
    options?: ErrorOptions,
  ) {
    super(`Waited ${waitedMs} ms for ${what}.`, options);
  }
}
